import { PACKAGES } from "./packages.ts";
import { textLinesOf } from "./text_lines.ts";

/** A program of the tests in a process of its own. */
export interface Program extends AsyncDisposable {
  /** What it prints, a line at a time. */
  lines: AsyncIterator<string>;
  /** Resolves when it has ended, to its exit code. */
  ended: Promise<number>;
  signal(name: Deno.Signal): void;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

const PROJECT = new URL("../../", import.meta.url);

/** Starts a program of `tests/programs`. */
export function startProgram(program: string, ...args: (string | number)[]): Program {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--quiet",
      "--config=deno.json",
      "--v8-flags=--expose-gc", // without it memory tells what was collected lately, not what is in use
      ...PACKAGES,
      "-A",
      `tests/programs/${program}.ts`,
      ...args.map(String),
    ],
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = textLinesOf(process.stdout);
  const kill = async () => {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await process.status;
    for await (const _ of lines); // closes its output
  };
  return {
    lines,
    ended: process.status.then(({ code }) => code),
    signal: (name) => process.kill(name),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
