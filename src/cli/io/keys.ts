/** A key that was pressed: its character, or its name. */
export type Key = string;

const NAMES: Record<string, Key> = {
  ...{ "\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down" },
  ...{ "\x1b[C": "right", "\x1bOC": "right", "\x1b[D": "left", "\x1bOD": "left" },
  ...{ "\x1b[5~": "page up", "\x1b[6~": "page down" },
  ...{ "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home" },
  ...{ "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end" },
  ...{ "\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace" },
  ...{ "\x1b": "escape", "\x03": "ctrl-c" },
};

/** The keys in what a terminal sent at once. */
export function keysIn(text: string): Key[] {
  // deno-lint-ignore no-control-regex
  const sequences = text.match(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO.|[^]/gu) ?? [];
  return sequences.map((sequence) => NAMES[sequence] ?? sequence);
}
