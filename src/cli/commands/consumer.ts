import { waitFor } from "../../connection/time_limit.ts";
import type { SafeRedisQueue } from "../../safe_redis_queue.ts";
import { bytes } from "../../serializers.ts";
import type { Command, GivenOptions, Option } from "../command.ts";
import { concat } from "../io/concat.ts";
import { CommandError, UsageError } from "../errors.ts";
import { countOf, secondsOf } from "../given_options.ts";
import { asJson, asText, type LineOf } from "../io/item_lines.ts";
import { LEASE_OPTION, leaseOf, openQueue, QUEUE_OPTIONS } from "../open_queue.ts";
import { throwUnlessUnread, writeToStdout } from "../io/stdout.ts";
import { abortAfter, READER_PATIENCE_MS, type StopSignals } from "../stop_signals.ts";
import { EXEC_OPTIONS, lineCommand, runForEachItem } from "../run_for_each_item.ts";

const DEFAULT_BATCH = 100;

const PRINT_OPTIONS: Record<string, Option> = {
  json: {
    help:
      'print each item as JSON: {"uid": ..., "item": ...}. An item that is not JSON is printed as ' +
      '{"uid": ..., "text": ...}, or {"uid": ..., "base64": ...} if it is not text',
  },
  batch: { value: "N", help: `take up to N items at a time; default: ${DEFAULT_BATCH}` },
};

export const consumer: Command = {
  summary: "takes items out of a queue and prints them",
  about:
    "Takes items out of a queue and prints each on a line: its uid, a space, and the item. An item is " +
    "deleted from the queue when its line is written. Runs until it is stopped (Ctrl-C, SIGTERM) or until " +
    "nobody reads its output. Items that were taken but not printed go back to the front of the queue.\n" +
    "With --exec it runs a command for each item instead, like worker: see worker --help.",
  options: {
    ...PRINT_OPTIONS,
    count: { value: "N", help: "take N items at most, then stop" },
    timeout: {
      value: "S",
      help: "stop when no item came for S seconds; 0: stop as soon as the queue is empty. " +
        "With --exec: end a run that takes longer than S seconds; its item has failed",
    },
    exec: { value: "COMMAND", help: "run COMMAND for each item, with sh -c" },
    ...EXEC_OPTIONS,
    ...LEASE_OPTION,
    ...QUEUE_OPTIONS,
  },
  examples: [
    "consumer",
    "consumer --count 3",
    "consumer --name mails --json --timeout 0 | jq .item",
    "consumer --name urls --exec 'xargs curl -sSO' --concurrency 4 --max-attempts 5",
  ],
  givesBack: true,

  async run(given, signals) {
    const line = given.values.get("exec");
    refuseMixed(given, line === undefined ? EXEC_OPTIONS : PRINT_OPTIONS, line !== undefined);
    if (line !== undefined) await runForEachItem(given, lineCommand(line, given), signals);
    else await print(given, signals);
  },
};

/** Refuses `others`: the options that need --exec or, with it, those for printing. */
function refuseMixed(given: GivenOptions, others: Record<string, Option>, exec: boolean): void {
  const name = Object.keys(others).find((name) => given.flags.has(name) || given.values.has(name));
  if (name === undefined) return;
  throw new UsageError(`The option --${name} ${exec ? "cannot be used with" : "needs"} --exec`);
}

async function print(given: GivenOptions, { stop, now }: StopSignals): Promise<void> {
  const settings: Settings = {
    count: countOf(given, "count"),
    timeout: secondsOf(given, "timeout"),
    batch: countOf(given, "batch") ?? DEFAULT_BATCH,
    lineOf: given.flags.has("json") ? asJson : asText,
  };
  // No call times out: a consumer survives any outage of Redis.
  const queue = await openQueue(given, {
    serializer: bytes,
    lease: leaseOf(given),
    commandTimeout: null,
  }, stop);
  const overdue = abortAfter(stop, REDIS_PATIENCE_MS, new CommandError(NO_ANSWER));
  await waitFor(printItems(queue, settings, { stop, now }), { signal: overdue });
  await waitFor(queue.close(), { signal: overdue });
  now.throwIfAborted();
}

/** How long a stopped command waits for Redis. */
const REDIS_PATIENCE_MS = 4_000;
const NO_ANSWER =
  "Stopped while Redis did not answer: the items taken last are delivered again when their lease ends";

/** A write that takes longer than this waits for its reader. */
const QUICK_MS = 50;

interface Settings {
  count: number | undefined;
  timeout: number | undefined;
  batch: number;
  lineOf: LineOf;
}

async function printItems(
  queue: SafeRedisQueue<Uint8Array>,
  { count = Infinity, timeout, batch, lineOf }: Settings,
  { stop, now }: StopSignals,
): Promise<void> {
  const patience = abortAfter(stop, READER_PATIENCE_MS, new Error("nobody reads the items"));
  const overdue = AbortSignal.any([patience, now]);
  const options = { timeout: timeoutOfGet(timeout), signal: stop };
  let left = count;
  // Small at first, for a reader that soon ends, such as head; small for a slow reader, to leave items to others.
  let size = 1;
  while (left > 0 && !stop.aborted) {
    const items = await queue.getMany(Math.min(size, left), options).catch((error) => {
      if (error === stop.reason) return [];
      throw error;
    });
    if (items.length === 0) return;
    left -= items.length;

    const uids = items.map(([uid]) => uid);
    const lines = items.map(([uid, item]) => lineOf(uid, item));
    const started = performance.now();
    const written = await writeToStdout(concat(lines), overdue);
    size = performance.now() - started < QUICK_MS ? Math.min(size * 2, batch) : 1;

    const printed = countWithin(written.bytes, lines);
    await queue.ackMany(uids.slice(0, printed));
    if ("error" in written) {
      await queue.releaseMany(uids.slice(printed));
      throwUnlessUnread(written.error, overdue);
      return;
    }
  }
}

/** The timeout for `getMany`, where 0 means to wait for ever, and a negative number not to wait. */
function timeoutOfGet(timeout: number | undefined): number {
  return timeout === undefined ? 0 : timeout === 0 ? -1 : timeout;
}

/** How many of `lines` are complete in the first `bytes` bytes of their text. */
function countWithin(bytes: number, lines: Uint8Array[]): number {
  let end = 0;
  const beyond = lines.findIndex((line) => (end += line.length) > bytes);
  return beyond === -1 ? lines.length : beyond;
}
