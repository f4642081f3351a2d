import { hasProgram } from "./has_program.ts";
import { denoRun } from "./deno_run.ts";

const PROJECT = new URL("../../", import.meta.url);
/** A program that runs longer is killed, so that its test fails. */
const PATIENCE_MS = 120_000;

/** How a command runs. */
export interface CliOptions {
  /** The module that runs. Default: cli.ts. */
  module?: string;
  /** The permissions that Deno gives it. Default: all. */
  permissions?: string[];
  /** Environment variables, added to those of the tests, which have no REDIS_URL. */
  env?: Record<string, string>;
}

/** How a program ended, and what it printed. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The words that run a command, for a shell too. */
export function cliWords(args: string[], options: CliOptions = {}): string[] {
  const { module = "cli.ts", permissions = ["-A"] } = options;
  return [Deno.execPath(), ...denoRun(...permissions, module, ...args)];
}

/** Starts a command; its stdin, stdout and stderr are pipes. */
export function startCli(args: string[], options: CliOptions = {}): Deno.ChildProcess {
  return start(cliWords(args, options), options.env);
}

/** Starts a shell script, in which `$1` and so on are `args`. */
export function startShell(script: string, ...args: string[]): Deno.ChildProcess {
  return start(["sh", "-c", script, "sh", ...args]);
}

/** Starts a command on a terminal, whose keyboard is the process's stdin. Ignore the test without {@linkcode HAS_TERMINALS}. */
export function startOnTerminal(args: string[], options: CliOptions = {}): Deno.ChildProcess {
  const quoted = cliWords(args, options).map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return start(["script", "-qec", `exec ${quoted.join(" ")}`, "/dev/null"], options.env);
}

/** Whether the machine has the program `script` of util-linux, which makes terminals. */
export const HAS_TERMINALS: boolean = await hasProgram("script", "--version");

/** Runs a command to its end, with `input` as its stdin. */
export async function runCli(
  args: string[],
  { input = "", ...options }: CliOptions & { input?: string | Uint8Array } = {},
): Promise<Ended> {
  const child = startCli(args, options);
  const [result] = await Promise.all([ended(child), feed(child, input)]);
  return result;
}

/** Resolves when the program has ended. */
export async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

/** Writes `input` to the program's stdin and closes it. The program may end before it has read all. */
export async function feed(child: Deno.ChildProcess, input: string | Uint8Array): Promise<void> {
  const stream = new Response(input as BodyInit).body ?? new ReadableStream();
  await stream.pipeTo(child.stdin).catch((error) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
}

function start(words: string[], env?: Record<string, string>): Deno.ChildProcess {
  const [program = "", ...args] = words;
  const child = new Deno.Command(program, {
    args,
    cwd: PROJECT,
    env: { NO_COLOR: "1", REDIS_URL: "", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.status.then(() => clearTimeout(patience));
  return child;
}
