import { sleep, waitFor } from "../../connection/time_limit.ts";
import type { QueueStats } from "../../queue_stats.ts";
import type { SafeRedisQueue } from "../../safe_redis_queue.ts";
import { bytes } from "../../serializers.ts";
import type { Command } from "../command.ts";
import { openQueue, QUEUE_OPTIONS, withQueue } from "../open_queue.ts";
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
    json: { help: "print JSON; with --watch, one object on each line" },
    ...QUEUE_OPTIONS,
  },
  examples: ["stats", "stats --name mails --watch", "stats --json | jq .waiting"],

  async run(given, { stop }) {
    const json = given.flags.has("json");
    if (given.flags.has("watch")) {
      // No call times out: the user wants to see Redis come back.
      const options = { serializer: bytes, autocleanInterval: null, commandTimeout: null };
      await using queue = await openQueue(given, options, stop);
      await waitFor(watch(queue, json, stop), { signal: stop }).catch((error) => {
        if (error !== stop.reason) throw error;
      });
    } else {
      await withQueue(given, stop, async (queue) => {
        const sample = sampleOf(await queue.stats());
        await print(
          json ? `${JSON.stringify(sample.stats)}\n` : textOf(sample, terminalOfStdout()),
        );
      });
    }
  },
};

/** What was counted, and when. */
interface Sample {
  stats: QueueStats;
  at: number;
}

function sampleOf(stats: QueueStats): Sample {
  return { stats, at: performance.now() };
}

async function watch(
  queue: SafeRedisQueue<Uint8Array>,
  json: boolean,
  stop: AbortSignal,
): Promise<void> {
  const terminal = json ? undefined : terminalOfStdout();
  let before: Sample | undefined;
  let lines = 0;
  while (!stop.aborted) {
    const sample = sampleOf(await queue.stats());
    let text = json
      ? `${JSON.stringify(sample.stats)}\n`
      : textOf(sample, terminal, before ?? sample);
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

/** The counts of `sample`, with rates if there is a sample `before` to compare it with. */
function textOf(sample: Sample, terminal: Terminal | undefined, before?: Sample): string {
  const { totals, oldestAge, paused, waiting, parked, delayed, inFlight, dead, held } =
    sample.stats;
  const seconds = before && (sample.at - before.at) / 1000;
  const rateOf = (name: keyof QueueStats["totals"]) => {
    if (before === undefined) return [];
    return [seconds ? ((totals[name] - before.stats.totals[name]) / seconds).toFixed(1) : "-"];
  };
  const none = before === undefined ? [] : [""];
  const rows = [
    ["waiting", String(waiting), ...none],
    ["parked", String(parked), ...none],
    ["delayed", String(delayed), ...none],
    ["in-flight", String(inFlight), ...none],
    ["dead", String(dead), ...none],
    ["held-keys", String(held), ...none],
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
    ...(before === undefined ? [] : [{ title: "PER SECOND", right: true }]),
  ];
  return tableText(columns, rows, terminal);
}
