import { type Backoff, exponentialBackoff } from "../worker/backoff.ts";
import { errorText } from "../error_text.ts";
import { LONGEST_DELAY } from "../delay.ts";
import { HandlerError } from "../errors.ts";
import type { QueueItem } from "../queue_item.ts";
import { bytes } from "../serializers.ts";
import { type CommandLine, type Run, runProgram } from "./io/run_program.ts";
import type { GivenOptions, Option } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";
import { FailedRun } from "./failed_run.ts";
import { countOf, secondsOf } from "./given_options.ts";
import { textOf } from "./io/item_text.ts";
import { leaseOf, openQueue } from "./open_queue.ts";
import type { StopSignals } from "./stop_signals.ts";

/** The options of the commands that run a program for each item. */
export const EXEC_OPTIONS: Record<string, Option> = {
  arg: { help: "give the item to the command as its last argument, instead of on stdin" },
  concurrency: { value: "N", help: "run up to N commands at the same time; default: 1" },
  "max-attempts": {
    value: "N",
    help: "make an item a dead letter when it has failed N times; default: no limit",
  },
  backoff: {
    value: "S",
    choices: ["exponential"],
    help:
      'queue a failed item again after S seconds; "exponential": after 1 s, 2 s, 4 s and so on, ' +
      "up to an hour; default: immediately",
  },
  "on-dead": {
    value: "WHAT",
    choices: ["continue", "hold"],
    help:
      '"hold": a dead letter holds up the items with its order key until it is requeued or deleted; ' +
      'default: "continue"',
  },
  drain: { help: "stop as soon as the queue is empty" },
};

/** The command that runs `line` in a shell. */
export function lineCommand(line: string, given: GivenOptions): CommandLine {
  // The words behind the script are $0 and its arguments. "$@" keeps the item one word.
  const args = given.flags.has("arg") ? ["-c", `${line} "$@"`, "sh"] : ["-c", line];
  return { program: "sh", args };
}

/** Runs `command` for each item of the queue, until `signals` stop it or the options say so. */
export async function runForEachItem(
  given: GivenOptions,
  command: CommandLine,
  signals: StopSignals,
): Promise<void> {
  const { stop, now } = signals;
  const backoff = backoffOf(given);
  const concurrency = countOf(given, "concurrency");
  const maxItems = countOf(given, "count");
  const timeout = timeoutOf(given);
  const queue = await openQueue(given, {
    serializer: bytes,
    lease: leaseOf(given),
    maxAttempts: countOf(given, "max-attempts"),
    onDead: onDeadOf(given),
    // No call times out: a worker survives any outage of Redis.
    commandTimeout: null,
    onError: (error) => console.error(explained(error)),
  }, stop);

  const hopeless = new AbortController();
  const handler = async (item: QueueItem<Uint8Array>): Promise<void> => {
    try {
      const run = await runProgram(command, {
        ...inputOf(item.payload, given.flags.has("arg")),
        env: {
          SRQ_UID: item.uid,
          SRQ_ATTEMPT: String(item.attempt),
          // No variable can have a NUL.
          SRQ_ORDER_KEY: item.orderKey?.includes("\0") ? "" : item.orderKey ?? "",
        },
        timeoutMs: timeout === undefined ? Infinity : timeout * 1000,
        terminate: item.signal,
        kill: now,
      });
      if (item.signal.aborted) throw item.signal.reason;
      if (now.aborted || (stop.aborted && wasStopped(run))) await item.release();
      else if (run.code !== 0 || run.overtime) throw new FailedRun(run, timeout);
    } catch (error) {
      if (!isHopeless(error)) throw error;
      // The command fails for every item, so no attempt is counted.
      hopeless.abort(cannotRun(command, error));
      await item.release();
    }
  };
  const options = {
    concurrency,
    maxItems,
    backoff,
    signal: AbortSignal.any([stop, hopeless.signal]),
    shutdownTimeout: Infinity,
  };
  if (given.flags.has("drain")) await queue.drain(handler, options);
  else await queue.consume(handler, options);
  await queue.close();
  now.throwIfAborted();
  hopeless.signal.throwIfAborted();
}

function onDeadOf(given: GivenOptions): "hold" | "continue" | undefined {
  const value = given.values.get("on-dead");
  if (value === undefined || value === "hold" || value === "continue") return value;
  throw new UsageError(
    `The option --on-dead is ${JSON.stringify(value)}: expected hold or continue`,
  );
}

function backoffOf(given: GivenOptions): Backoff | undefined {
  return given.values.get("backoff") === "exponential"
    ? exponentialBackoff()
    : secondsOf(given, "backoff", LONGEST_DELAY);
}

function timeoutOf(given: GivenOptions): number | undefined {
  const timeout = secondsOf(given, "timeout");
  if (timeout !== 0) return timeout;
  throw new UsageError(
    "The option --timeout is 0: no run could end in time; use --drain to stop when the queue is empty",
  );
}

/** How the command gets `item`: as an argument or on stdin. */
function inputOf(
  item: Uint8Array,
  asArgument: boolean,
): { argument: string } | { stdin: Uint8Array } {
  if (!asArgument) return { stdin: item };
  const text = textOf(item);
  if (text !== undefined && !text.includes("\0")) return { argument: text };
  throw new Error("The item is not text, and cannot be an argument");
}

/** Whether the signal that stopped this program also ended the run: a service manager sends it to all. */
function wasStopped({ code, overtime }: Run): boolean {
  return !overtime && STOPPED_CODES.has(code);
}

/** The exit codes of a shell in which SIGINT or SIGTERM ended a program. */
const STOPPED_CODES = new Set([130, 143]);

/** Whether the command can't start, whatever the item is. */
function isHopeless(error: unknown): boolean {
  return [Deno.errors.NotFound, Deno.errors.PermissionDenied, Deno.errors.NotCapable]
    .some((kind) => error instanceof kind);
}

function cannotRun({ program }: CommandLine, error: unknown): unknown {
  if (error instanceof Deno.errors.NotCapable) return error;
  const why = error instanceof Deno.errors.NotFound ? "there is no such program" : "not permitted";
  return new CommandError(`Cannot run ${JSON.stringify(program)}: ${why}`);
}

function explained(error: unknown): string {
  if (!(error instanceof HandlerError)) return errorText(error);
  const { uid, attempt, cause } = error;
  return `Item ${uid}, attempt ${attempt}: ${
    cause instanceof FailedRun ? cause.end : errorText(cause)
  }`;
}
