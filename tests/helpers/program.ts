import { denoRun } from "./deno_run.ts";
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

/** What a program did. */
interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const PROJECT = new URL("../../", import.meta.url);
/** {@linkcode runProgram} kills a program that has not ended by then. */
const PATIENCE_MS = 30_000;

/** Starts a program of `tests/programs`. */
export function startProgram(program: string, ...args: (string | number)[]): Program {
  // Without --expose-gc, memory tells what was collected lately, not what is in use.
  const options = ["--v8-flags=--expose-gc", "-A"];
  const process = spawn(program, options, args.map(String), "inherit");
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

/**
 * Runs a program of `tests/programs` until it ends by itself.
 *
 * @param args Its arguments; options for Deno, such as permissions, come first and begin with "-".
 */
export async function runProgram(program: string, ...args: string[]): Promise<Outcome> {
  const options = args.filter((arg) => arg.startsWith("-"));
  const own = args.filter((arg) => !arg.startsWith("-"));
  const process = spawn(program, options.length > 0 ? options : ["-A"], own, "piped");
  const patience = setTimeout(() => process.kill("SIGKILL"), PATIENCE_MS);
  const { code, stdout, stderr } = await process.output();
  clearTimeout(patience);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function spawn(
  program: string,
  options: string[],
  args: string[],
  stderr: "inherit" | "piped",
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: denoRun(...options, `tests/programs/${program}.ts`, ...args),
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr,
  }).spawn();
}
