import { waitFor } from "../../connection/time_limit.ts";
import type { QueueStats } from "../../queue_stats.ts";
import type { SafeRedisQueue } from "../../safe_redis_queue.ts";
import { bytes } from "../../serializers.ts";
import type { Command, GivenOptions, Option } from "../command.ts";
import { concat } from "../io/concat.ts";
import { CommandError, IS_PAUSED, UsageError } from "../errors.ts";
import { countOf, renamed, secondsOf } from "../given_options.ts";
import { asJson, asText, type LineOf } from "../io/item_lines.ts";
import { LEASE_OPTION, leaseOf, openQueue, QUEUE_OPTIONS } from "../open_queue.ts";
import { throwUnlessUnread, writeToStdout } from "../io/stdout.ts";
import { abortAfter, READER_PATIENCE_MS, type StopSignals } from "../stop_signals.ts";
import { EXEC_OPTIONS, lineCommand } from "../exec_options.ts";
import { pausedText, reportIfUnknown } from "../queue_texts.ts";
import { runForEachItem } from "../run_for_each_item.ts";

const DEFAULT_BATCH = 100;

const PRINT_OPTIONS: Record<string, Option> = {
  json: {
    help:
      'print each item as JSON: {"uid": ..., "item": ...}. An item that is not JSON is printed as ' +
      '{"uid": ..., "text": ...}, or {"uid": ..., "base64": ...} if it is not text',
  },
  idle: {
    value: "S",
    help: "stop when no item came for S seconds; 0: stop as soon as the queue is empty, or paused",
  },
  batch: { value: "N", help: `take up to N items at a time; default: ${DEFAULT_BATCH}` },
};

export const consumer: Command = {
  summary: "takes items out of a queue and prints them",
  about:
    "Takes items out of a queue and prints each on a line: its uid, a space, and the item. An item is " +
    "deleted from the queue when its line is written. Runs until it is stopped (Ctrl-C, SIGTERM) or until " +
    "nobody reads its output. Items that were taken but not printed go back to the front of the queue.\n" +
    "In a pipe, written does not mean read: what another program has not read when it ends is lost, up to " +
    "some thousand lines. For a few items use --count N, not | head. To lose nothing, give the work to " +
    "--exec: it deletes an item when its command has succeeded.\n" +
    "With --exec it runs a command for each item instead, like worker: see worker --help.",
  options: {
    ...PRINT_OPTIONS,
    count: { value: "N", help: "take N items at most, then stop" },
    timeout: { value: "S", help: "the old name of --idle" },
    exec: { value: "COMMAND", help: "run COMMAND for each item, with sh -c" },
    ...EXEC_OPTIONS,
    ...LEASE_OPTION,
    ...QUEUE_OPTIONS,
  },
  examples: [
    "consumer",
    "consumer --count 3",
    "consumer --name mails --json --idle 0 > mails.ndjson",
    "consumer --name urls --exec 'xargs curl -sSO' --concurrency 4 --max-attempts 5",
  ],
  givesBack: true,

  async run(given, signals) {
    const line = given.values.get("exec");
    if (line === undefined) {
      refuse(given, EXEC_OPTIONS, (name) => `The option --${name} needs --exec`);
      await print(renamed(given, "timeout", "idle"), signals);
    } else {
      if (given.values.has("timeout")) throw new UsageError(WHICH_TIMEOUT);
      refuse(given, PRINT_OPTIONS, (name) => `The option --${name} cannot be used with --exec`);
      await runForEachItem(given, lineCommand(line, given), signals);
    }
  },
};

/** It meant two things, and --exec may want either. */
const WHICH_TIMEOUT =
  "The option --timeout cannot be used with --exec: use --run-timeout S to end a run that takes longer, " +
  "and --drain to stop when the queue is empty";

/** Refuses options, with a text for the first that is given. */
function refuse(
  given: GivenOptions,
  options: Record<string, Option>,
  textOf: (name: string) => string,
): void {
  const name = Object.keys(options).find((name) => given.flags.has(name) || given.values.has(name));
  if (name !== undefined) throw new UsageError(textOf(name));
}

async function print(given: GivenOptions, { stop, now }: StopSignals): Promise<void> {
  const settings: Settings = {
    count: countOf(given, "count"),
    idle: secondsOf(given, "idle"),
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
  const left = await waitFor(printItems(queue, settings, { stop, now }), { signal: overdue });
  await waitFor(queue.close(), { signal: overdue });
  now.throwIfAborted();
  if (left === undefined) return;
  if (left.paused) throw new CommandError(pausedText(given, left.waiting), IS_PAUSED);
  reportIfUnknown(given, left);
}

/** How long a stopped command waits for Redis. */
const REDIS_PATIENCE_MS = 4_000;
const NO_ANSWER =
  "Stopped while Redis did not answer: the items taken last are delivered again when their lease ends";

/** A write that takes longer than this waits for its reader. */
const QUICK_MS = 50;

interface Settings {
  count: number | undefined;
  idle: number | undefined;
  batch: number;
  lineOf: LineOf;
}

/** Resolves to what is left in the queue if it ended since no item came. */
async function printItems(
  queue: SafeRedisQueue<Uint8Array>,
  { count = Infinity, idle, batch, lineOf }: Settings,
  { stop, now }: StopSignals,
): Promise<QueueStats | undefined> {
  const patience = abortAfter(stop, READER_PATIENCE_MS, new Error("nobody reads the items"));
  const overdue = AbortSignal.any([patience, now]);
  const options = { timeout: timeoutOfGet(idle), signal: stop };
  let left = count;
  // Small at first, for a reader that soon ends, such as head; small for a slow reader, to leave items to others.
  let size = 1;
  while (left > 0 && !stop.aborted) {
    const items = await queue.getMany(Math.min(size, left), options).catch((error) => {
      if (error === stop.reason) return [];
      throw error;
    });
    if (items.length === 0) return stop.aborted ? undefined : await queue.stats();
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
      break;
    }
  }
  return undefined;
}

/** The timeout for `getMany`, where 0 means to wait for ever, and a negative number not to wait. */
function timeoutOfGet(idle: number | undefined): number {
  return idle === undefined ? 0 : idle === 0 ? -1 : idle;
}

/** How many of `lines` are complete in the first `bytes` bytes of their text. */
function countWithin(bytes: number, lines: Uint8Array[]): number {
  let end = 0;
  const beyond = lines.findIndex((line) => (end += line.length) > bytes);
  return beyond === -1 ? lines.length : beyond;
}
