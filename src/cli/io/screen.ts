const encoder = new TextEncoder();

/** Another screen, so that what the terminal showed comes back; without cursor. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/**
 * The whole terminal, for one program that draws on it and gets each key. It is as before when this is disposed of, and in any
 * case when the process ends by itself.
 */
export class Screen implements Disposable {
  /** Whether there is a keyboard. */
  readonly hasKeys: boolean = Deno.stdin.isTerminal();
  #left = false;
  readonly #leave = () => this[Symbol.dispose]();

  constructor() {
    for (const event of ENDS) addEventListener(event, this.#leave);
    if (this.hasKeys) Deno.stdin.setRaw(true);
    write(ENTER);
  }

  /** Draws lines over what is there; each must be short enough. */
  frame(lines: string[]): string {
    return `\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
  }

  [Symbol.dispose](): void {
    if (this.#left) return;
    this.#left = true;
    for (const event of ENDS) removeEventListener(event, this.#leave);
    write(LEAVE);
    try {
      if (this.hasKeys) Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  }
}

/** `unload` also comes with `Deno.exit`, the others with an error that nobody caught. */
const ENDS = ["unload", "error", "unhandledrejection"];

function write(text: string): void {
  try {
    Deno.stdout.writeSync(encoder.encode(text));
  } catch {
    // The terminal is gone.
  }
}

/** Cells and lines of the terminal. */
export function sizeOfScreen(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // It does not tell.
  }
  return { columns: 80, rows: 24 };
}
