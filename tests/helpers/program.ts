import { PACKAGES } from "./packages.ts";

/** What a program did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const PROJECT = new URL("../../", import.meta.url);
/** A program has to end by itself in this time. */
const PATIENCE_MS = 30_000;

/**
 * Runs a program of `tests/programs` in a process of its own, until it ends by itself.
 *
 * @param args Its arguments; options for Deno, such as permissions, come first and begin with "-".
 */
export async function run(program: string, ...args: string[]): Promise<Outcome> {
  const options = args.filter((arg) => arg.startsWith("-"));
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--quiet",
      "--config=deno.json",
      ...PACKAGES,
      ...options.length > 0 ? options : ["-A"],
      `tests/programs/${program}.ts`,
      ...args.filter((arg) => !arg.startsWith("-")),
    ],
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const patience = setTimeout(() => process.kill("SIGKILL"), PATIENCE_MS);
  const { code, stdout, stderr } = await process.output();
  clearTimeout(patience);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
