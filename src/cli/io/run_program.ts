import { sleep } from "../../connection/time_limit.ts";
import { concat } from "./concat.ts";

/** A program and its arguments. */
export interface CommandLine {
  program: string;
  args: string[];
}

/** How a command is run. */
interface RunOptions {
  /** What it reads on stdin. */
  stdin?: Uint8Array;
  /** Its last argument. */
  argument?: string;
  /** Environment variables, added to those of this process. */
  env: Record<string, string>;
  /** After how many milliseconds it is told to end; `Infinity` for never. */
  timeoutMs: number;
  /** Aborts when it must end. If it does not, it is killed a little later. */
  terminate: AbortSignal;
  /** Aborts when it must be killed at once. */
  kill: AbortSignal;
}

/** How a run of a command ended. */
export interface Run {
  /** If a signal ended it: 128 plus the signal's number. */
  code: number;
  signal: Deno.Signal | null;
  /** Whether it was told to end because it took too long. */
  overtime: boolean;
  /** The end of what it wrote to stderr. */
  stderr: string;
}

/** How long a command has to end after it was told to. */
const TERM_PATIENCE_MS = 2_000;
/** How long stderr is read after the command has ended. A process that it left behind may keep it open for ever. */
const STDERR_PATIENCE_MS = 1_000;

/** Runs a command to its end. The terminal's Ctrl-C does not reach its session. Throws if it can't start. */
export async function runProgram(command: CommandLine, options: RunOptions): Promise<Run> {
  const { stdin, argument, env, timeoutMs, terminate, kill } = options;
  const child = new Deno.Command(command.program, {
    args: argument === undefined ? command.args : [...command.args, argument],
    env,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "inherit",
    stderr: "piped",
    detached: true,
  }).spawn();
  const ended = new AbortController();
  if (stdin !== undefined) feed(child.stdin, stdin, ended.signal);
  const tail = passThrough(child.stderr, ended.signal);

  let overtime = false;
  const end = async () => {
    signalAll(child, "SIGTERM");
    await sleep(TERM_PATIENCE_MS, ended.signal);
    signalAll(child, "SIGKILL"); // also the processes that the command left behind
  };
  sleep(timeoutMs, ended.signal).then(() => {
    if (ended.signal.aborted) return;
    overtime = true;
    end();
  });
  onAbort(terminate, end, ended.signal);
  onAbort(kill, () => signalAll(child, "SIGKILL"), ended.signal);

  const { code, signal } = await child.status;
  ended.abort();
  return { code, signal, overtime, stderr: await tail };
}

function onAbort(signal: AbortSignal, action: () => void, until: AbortSignal): void {
  if (signal.aborted) action();
  else signal.addEventListener("abort", action, { signal: until });
}

/** Sends a signal to the command and to all that it started or, if Deno does not permit that, to the command only. */
function signalAll(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
      Deno.kill(-child.pid, signal);
    } else child.kill(signal);
  } catch {
    // They have ended.
  }
}

/** Writes `data` to the command's stdin. The command may end, or close it, before it has read all. */
function feed(stdin: WritableStream<Uint8Array>, data: Uint8Array, ended: AbortSignal): void {
  const stream = new Blob([data as BlobPart]).stream();
  stream.pipeTo(stdin, { signal: ended }).catch(() => {});
}

/** Bytes of stderr to keep: enough for an error text, since a character has up to four bytes in UTF-8. */
const MAX_TAIL = 4_000;

/** Passes on what a command writes to stderr; resolves to the end of it. */
async function passThrough(
  stderr: ReadableStream<Uint8Array>,
  ended: AbortSignal,
): Promise<string> {
  const reader = stderr.getReader();
  ended.addEventListener("abort", async () => {
    await sleep(STDERR_PATIENCE_MS);
    await reader.cancel();
  });
  let tail = new Uint8Array();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    await writeAll(value);
    tail = concat([tail, value.subarray(-MAX_TAIL)]).slice(-MAX_TAIL);
  }
  return decoder.decode(tail).trim();
}

const decoder = new TextDecoder();

/** Writes `data` to our stderr. Does not throw if nobody reads it: the end of it is kept all the same. */
async function writeAll(data: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < data.length;) {
      written += await Deno.stderr.write(data.subarray(written));
    }
  } catch {
    // Nobody reads it.
  }
}
