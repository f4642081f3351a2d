import { denoRun } from "../tests/helpers/deno_run.ts";

/** Longer than any run takes. It ends a run that waits for a lost item. */
const TIMEOUT_MS = 15 * 60 * 1_000;

/** This working copy. */
const HERE = new URL("../", import.meta.url);

/**
 * Runs a program of the benchmark in a process of its own; resolves to what it printed, as JSON.
 *
 * @param copy The working copy whose program it is.
 * @param env Variables of its environment.
 */
export async function runProgram<R>(
  program: string,
  args: unknown,
  copy: string | URL = HERE,
  env: Record<string, string> = {},
): Promise<R> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: denoRun("-A", `bench/${program}.ts`, JSON.stringify(args)),
    cwd: copy,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim() || "It was killed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
