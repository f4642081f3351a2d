import { sleep, waitFor } from "../../connection/time_limit.ts";
import type { Command, GivenOptions } from "../command.ts";
import { UsageError } from "../errors.ts";
import { countOf, secondsOf } from "../given_options.ts";
import { print } from "../io/stdout.ts";
import { ESCAPES_HELP, terminalOfStdout } from "../io/table.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { LiveView } from "../top/live_view.ts";
import { queueTable } from "../top/queue_table.ts";
import { MOST_QUEUES, type QueueView, Sampler } from "../top/sampler.ts";
import { Server } from "../top/server.ts";

const DEFAULT_INTERVAL = 1;
/** How long Redis may stay away until the live view says so. Elsewhere nobody sees it, and it may come back. */
const LIVE_TIMEOUT = 2;
/** A day. */
const LONGEST_INTERVAL = 86_400;
const { url } = QUEUE_OPTIONS;

export const top: Command = {
  summary: "shows all queues of a server, live",
  about:
    "Shows all queues of a server, or those that are named, every second: items that wait, are in flight, delayed and " +
    "dead; items put, acked and failed in a second; the seconds since the next item was put (oldest); how many programs " +
    "consume it, without those of Python; and what is unusual: paused, or nobody consumes what waits. " +
    `At most ${MOST_QUEUES} queues. To find them, the user of Redis needs the command SCAN.\n` +
    "On a terminal, keys: arrows, or j and k, select a queue; Enter looks into it, at its consumers and next items, and " +
    "Esc back; p pauses it, and r lets it go on; q, or Ctrl-C, leaves.\n" +
    "Elsewhere, and with --count or --json, prints one table after the other, as tab-separated values. " +
    ESCAPES_HELP,
  operands: { usage: "[NAME...]", max: Infinity },
  options: {
    interval: { value: "S", help: `seconds between two counts; default: ${DEFAULT_INTERVAL}` },
    count: { value: "N", help: "print N tables, and end" },
    json: { help: "print each count as JSON, one on each line" },
    url,
  },
  examples: ["top", "top mails orders --interval 5", "top --count 1", "top --json | jq .queues"],

  async run(given, { stop }) {
    const intervalMs = intervalOf(given) * 1000;
    const count = countOf(given, "count");
    const json = given.flags.has("json");
    const isLive = Deno.stdout.isTerminal() && count === undefined && !json;
    await using server = await Server.open(given, isLive ? LIVE_TIMEOUT : null, stop);
    const sampler = new Sampler(server, [...new Set(given.operands)].sort());
    if (isLive) return await new LiveView({ server, sampler, intervalMs, stop }).run();
    await printAll(sampler, { intervalMs, count, json, stop }).catch((error) => {
      if (error !== stop.reason || count !== undefined) throw error;
    });
  },
};

function intervalOf(given: GivenOptions): number {
  const interval = secondsOf(given, "interval", LONGEST_INTERVAL) ?? DEFAULT_INTERVAL;
  if (interval > 0) return interval;
  throw new UsageError(`The option --interval is ${interval}: expected seconds above 0`);
}

async function printAll(
  sampler: Sampler,
  { intervalMs, count = Infinity, json, stop }: {
    intervalMs: number;
    count: number | undefined;
    json: boolean;
    stop: AbortSignal;
  },
): Promise<void> {
  const terminal = terminalOfStdout();
  for (let i = 0; i < count; i++) {
    stop.throwIfAborted();
    const views = await waitFor(sampler.sample(), { signal: stop });
    const text = json ? jsonOf(views) : (i === 0 ? "" : "\n") + queueTable(views, terminal);
    if (!await print(text)) return;
    if (i + 1 < count) await sleep(intervalMs, stop);
  }
}

function jsonOf(views: QueueView[]): string {
  const queues = views.map(({ name, stats, problem, rates }) =>
    stats === undefined ? { name, error: problem } : { name, ...stats, rates }
  );
  return `${JSON.stringify({ time: new Date(), queues })}\n`;
}
