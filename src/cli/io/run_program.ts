import { sleep, waitFor } from "../../connection/time_limit.ts";
import { concat } from "./concat.ts";
import { writeToStderr } from "./stderr.ts";
import { writeToStdout } from "./stdout.ts";

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
  /** Why our stdout did not take what it wrote to stdout; `undefined` if it did. */
  unwritten?: unknown;
}

/** How long a command has to end after it was told to. */
const TERM_PATIENCE_MS = 2_000;
/** How long output is awaited after the command has ended. A process that it left behind may keep it open for ever. */
const OUTPUT_PATIENCE_MS = 1_000;

/**
 * Runs a command to its end, and until its output is written to ours. The terminal's Ctrl-C does not reach its session.
 * Throws if it can't start.
 */
export async function runProgram(command: CommandLine, options: RunOptions): Promise<Run> {
  const { stdin, argument, env, timeoutMs, terminate, kill } = options;
  const onTerminal = Deno.stdout.isTerminal();
  const child = new Deno.Command(command.program, {
    args: argument === undefined ? command.args : [...command.args, argument],
    env,
    stdin: stdin === undefined ? "null" : "piped",
    // Only what passes through here can tell that our stdout takes no more. A terminal always does, and commands show
    // more on one.
    stdout: onTerminal ? "inherit" : "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const ended = new AbortController();
  if (stdin !== undefined) feed(child.stdin, stdin, ended.signal);
  const tail = passToStderr(chunksOf(child.stderr, ended.signal));
  const unwritten = onTerminal
    ? undefined
    : passToStdout(chunksOf(child.stdout, ended.signal), kill);

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
  return { code, signal, overtime, stderr: await tail, unwritten: await unwritten };
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
const decoder = new TextDecoder();

/** Passes on what a command writes to stderr; resolves to the end of it, also if nobody reads our stderr. */
async function passToStderr(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let tail = new Uint8Array();
  for await (const chunk of chunks) {
    await writeToStderr(chunk);
    tail = concat([tail, chunk.subarray(-MAX_TAIL)]).slice(-MAX_TAIL);
  }
  return decoder.decode(tail).trim();
}

/**
 * Passes on what a command writes to stdout. Resolves to the error if our stdout did not take it. Nothing more is read
 * then, so that the command hears of it as if it had written there itself.
 */
async function passToStdout(
  chunks: AsyncIterable<Uint8Array>,
  kill: AbortSignal,
): Promise<unknown> {
  for await (const chunk of chunks) {
    const { error } = await writeToStdout(chunk, kill);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** The chunks of a command's output. When it has `ended`, only what comes soon belongs to it. */
async function* chunksOf(
  output: ReadableStream<Uint8Array>,
  ended: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = output.getReader();
  // Only the time of reading counts: the reader of our own output may be slow.
  let patienceMs = OUTPUT_PATIENCE_MS;
  try {
    for (;;) {
      const chunk = reader.read();
      await waitFor(chunk, { signal: ended }).catch(() => {});
      const startedAt = performance.now();
      const { done, value } = await waitFor(chunk, { timeoutMs: patienceMs });
      if (ended.aborted) patienceMs -= performance.now() - startedAt;
      if (done) return;
      yield value;
    }
  } catch {
    // A process that it left behind keeps it open.
  } finally {
    await reader.cancel();
  }
}
