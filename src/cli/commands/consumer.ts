import { within } from "../../connection/deadline.ts";
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
    help: 'print each item as JSON: {"uid": ..., "item": ...}; one that is none as {"uid": ..., ' +
      '"text": ...} or, not being text, {"uid": ..., "base64": ...}',
  },
  batch: { value: "N", help: `take up to N items at once; default: ${DEFAULT_BATCH}` },
};

export const consumer: Command = {
  summary: "prints the items of a queue",
  about:
    "Takes items out of a queue and prints each on a line: its uid, a space, and the item. An item leaves " +
    "the queue once its line is written. Runs until stopped (Ctrl-C, SIGTERM) or until nobody reads its " +
    "output; what was taken and not printed goes back to the front of the queue.\n" +
    "With --exec it prints nothing, but runs a command for each item, as worker does: see worker --help.",
  options: {
    ...PRINT_OPTIONS,
    count: { value: "N", help: "stop after N items; no more are taken" },
    timeout: {
      value: "S",
      help: "stop when no item came for S seconds; with 0 as soon as the queue is empty. " +
        "With --exec: end a run that takes longer than S seconds; its item has failed",
    },
    exec: { value: "COMMAND", help: "run COMMAND for each item; it is a line for sh" },
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

/** Refuses the options of the other way to use the command. */
function refuseMixed(given: GivenOptions, others: Record<string, Option>, exec: boolean): void {
  const name = Object.keys(others).find((name) => given.flags.has(name) || given.values.has(name));
  if (name === undefined) return;
  throw new UsageError(`The option --${name} ${exec ? "does not go with" : "needs"} --exec`);
}

async function print(given: GivenOptions, { stop, now }: StopSignals): Promise<void> {
  const wishes: Wishes = {
    count: countOf(given, "count"),
    timeout: secondsOf(given, "timeout"),
    batch: countOf(given, "batch") ?? DEFAULT_BATCH,
    lineOf: given.flags.has("json") ? asJson : asText,
  };
  // No call is given up while Redis is away: a consumer outlives any outage.
  const queue = await openQueue(given, {
    serializer: bytes,
    lease: leaseOf(given),
    commandTimeout: null,
  }, stop);
  const overdue = abortAfter(stop, REDIS_PATIENCE_MS, new CommandError(NO_ANSWER));
  await within(printItems(queue, wishes, { stop, now }), { signal: overdue });
  await within(queue.close(), { signal: overdue });
  now.throwIfAborted();
}

/** How long a stopped command waits for Redis. */
const REDIS_PATIENCE_MS = 4_000;
const NO_ANSWER =
  "Stopped while Redis did not answer: the items taken last are delivered again when their lease ends";

/** A write that takes longer waits for its reader. */
const QUICK_MS = 50;

interface Wishes {
  count: number | undefined;
  timeout: number | undefined;
  batch: number;
  lineOf: LineOf;
}

async function printItems(
  queue: SafeRedisQueue<Uint8Array>,
  { count = Infinity, timeout, batch, lineOf }: Wishes,
  { stop, now }: StopSignals,
): Promise<void> {
  const patience = abortAfter(stop, READER_PATIENCE_MS, new Error("nobody reads the items"));
  const overdue = AbortSignal.any([patience, now]);
  const options = { timeout: timeoutOfGet(timeout), signal: stop };
  let left = count;
  // Begins small, for a reader that soon leaves, such as head; and a slow reader should not keep items from others.
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

/** For `get`, 0 means to wait forever, and a negative number not at all. */
function timeoutOfGet(timeout: number | undefined): number {
  return timeout === undefined ? 0 : timeout === 0 ? -1 : timeout;
}

/** How many of `lines`, from the first, lie whole within `bytes`. */
function countWithin(bytes: number, lines: Uint8Array[]): number {
  let end = 0;
  const beyond = lines.findIndex((line) => (end += line.length) > bytes);
  return beyond === -1 ? lines.length : beyond;
}
