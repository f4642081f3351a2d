import { sleep, waitFor } from "../../connection/time_limit.ts";
import type { QueueStats, QueueTotals } from "../../queue_stats.ts";
import type { SafeRedisQueue } from "../../safe_redis_queue.ts";
import { bytes } from "../../serializers.ts";
import type { Command, GivenOptions } from "../command.ts";
import { openQueue, QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";
import { reportIfUnknown } from "../queue_texts.ts";
import type { Sample } from "../../queue_rates.ts";
import { ratesOf } from "../rates.ts";
import { print } from "../io/stdout.ts";
import { tableText, type Terminal, terminalOfStdout } from "../io/table.ts";

const INTERVAL_MS = 1_000;

export const stats: Command = {
  summary: "counts the items of a queue",
  about:
    "Counts the items of a queue: waiting, delayed, in flight, and dead. Of those that wait, those are parked " +
    "whose order key is in other hands; held-keys are the order keys that dead letters hold up. Also shows the " +
    "seconds since the next item was put (oldest-age), and the totals: items put and acked, deliveries that failed or " +
    "expired, and items that died.\n" +
    "Prints an aligned table on a terminal, and tab-separated values elsewhere.",
  options: {
    watch: { help: "count again every second, with rates per second, until stopped" },
    json: { help: "print JSON; with --watch, one object on each line, with rates and the time" },
    ...QUEUE_OPTIONS,
  },
  examples: ["stats", "stats --name mails --watch", "stats --json | jq .waiting"],

  async run(given, { stop }) {
    const json = given.flags.has("json");
    if (given.flags.has("watch")) {
      // No call times out: the user wants to see Redis come back.
      const options = { serializer: bytes, autocleanInterval: null, commandTimeout: null };
      await using queue = await openQueue(given, options, stop);
      await waitFor(watch(queue, given, stop), { signal: stop }).catch((error) => {
        if (error !== stop.reason) throw error;
      });
    } else {
      await withQueue(given, stop, async (queue) => {
        const stats = await queue.stats();
        await print(json ? `${JSON.stringify(stats)}\n` : textOf(stats, terminalOfStdout()));
      });
    }
  },
};

async function watch(
  queue: SafeRedisQueue<Uint8Array>,
  given: GivenOptions,
  stop: AbortSignal,
): Promise<void> {
  const json = given.flags.has("json");
  const terminal = json ? undefined : terminalOfStdout();
  let before: Sample | undefined;
  let lines = 0;
  while (!stop.aborted) {
    const sample: Sample = { stats: await queue.stats(), at: performance.now() };
    if (before === undefined) reportIfUnknown(given, sample.stats);
    const rates = ratesOf(sample, before);
    let text = json
      ? `${JSON.stringify({ time: new Date(), ...sample.stats, rates })}\n`
      : textOf(sample.stats, terminal, rates);
    if (terminal !== undefined) text = redrawn(text, lines);
    else if (!json && before !== undefined) text = `\n${text}`;
    if (!await print(text)) return;
    lines = text.split("\n").length - 1;
    before = sample;
    await sleep(INTERVAL_MS, stop);
  }
}

/** `text`, drawn over the `lines` lines that were drawn before. */
function redrawn(text: string, lines: number): string {
  return (lines === 0 ? "" : `\x1b[${lines}A`) + text.replaceAll("\n", "\x1b[K\n");
}

/** The counts, with a column for rates unless these are `undefined`. */
function textOf(
  stats: QueueStats,
  terminal: Terminal | undefined,
  rates?: QueueTotals | null,
): string {
  const { totals, oldestAge, paused, waiting, parked, delayed, inFlight, dead, held, consumers } =
    stats;
  const rateOf = (name: keyof QueueTotals) =>
    rates === undefined ? [] : [rates === null ? "-" : rates[name].toFixed(1)];
  const none = rates === undefined ? [] : [""];
  const rows = [
    ["waiting", String(waiting), ...none],
    ["parked", String(parked), ...none],
    ["delayed", String(delayed), ...none],
    ["in-flight", String(inFlight), ...none],
    ["dead", String(dead), ...none],
    ["held-keys", String(held), ...none],
    ["consumers", String(consumers), ...none],
    ["paused", paused ? "yes" : "no", ...none],
    ["oldest-age", oldestAge === null ? "-" : oldestAge.toFixed(1), ...none],
    ["total-put", String(totals.put), ...rateOf("put")],
    ["total-acked", String(totals.acked), ...rateOf("acked")],
    ["total-failed", String(totals.failed), ...rateOf("failed")],
    ["total-expired", String(totals.expired), ...rateOf("expired")],
    ["total-dead", String(totals.dead), ...rateOf("dead")],
  ];
  const columns = [
    { title: "STATE" },
    { title: "COUNT", right: true },
    ...(rates === undefined ? [] : [{ title: "PER SECOND", right: true }]),
  ];
  return tableText(columns, rows, terminal);
}
