import type { QueueStats } from "../queue_stats.ts";
import type { SeenQueue } from "./seen_queue.ts";

/** What a queue's Redis said; `undefined` if it did not answer. */
interface Reading {
  queue: string;
  stats: QueueStats | undefined;
}

interface Metric {
  name: string;
  type: "gauge" | "counter";
  help: string;
  /** Its values, by labels beside the queue's name. */
  values: (reading: Reading) => [labels: string, value: number | null | undefined][];
}

const one = (value: (reading: Reading) => number | null | undefined): Metric["values"] => {
  return (reading) => [["", value(reading)]];
};

const METRICS: Metric[] = [
  {
    name: "srq_up",
    type: "gauge",
    help: "Whether Redis answers for this queue.",
    values: one(({ stats }) => stats === undefined ? 0 : 1),
  },
  {
    name: "srq_items",
    type: "gauge",
    help: "Items of the queue by state.",
    values: ({ stats }) => [
      [',state="waiting"', stats?.waiting],
      [',state="delayed"', stats?.delayed],
      [',state="in_flight"', stats?.inFlight],
      [',state="dead"', stats?.dead],
    ],
  },
  {
    name: "srq_oldest_age_seconds",
    type: "gauge",
    help: "Seconds since the next item was put; 0 if none waits.",
    // An item whose age nobody knows has no value.
    values: one(({ stats }) => stats?.oldestAge ?? (stats?.waiting === 0 ? 0 : undefined)),
  },
  {
    name: "srq_paused",
    type: "gauge",
    help: "Whether the queue is paused.",
    values: one(({ stats }) => stats && Number(stats.paused)),
  },
  {
    name: "srq_held_keys",
    type: "gauge",
    help: "Order keys that a dead letter holds up.",
    values: one(({ stats }) => stats?.held),
  },
  {
    name: "srq_consumers",
    type: "gauge",
    help: "Instances that consume the queue.",
    values: one(({ stats }) => stats?.consumers),
  },
  {
    name: "srq_put_total",
    type: "counter",
    help: "Items put.",
    values: one(({ stats }) => stats?.totals.put),
  },
  {
    name: "srq_acked_total",
    type: "counter",
    help: "Items that are done.",
    values: one(({ stats }) => stats?.totals.acked),
  },
  {
    name: "srq_failed_total",
    type: "counter",
    help: "Deliveries that failed.",
    values: one(({ stats }) => stats?.totals.failed),
  },
  {
    name: "srq_expired_total",
    type: "counter",
    help: "Deliveries whose lease ended before an answer came.",
    values: one(({ stats }) => stats?.totals.expired),
  },
  {
    name: "srq_dead_total",
    type: "counter",
    help: "Items that became dead letters.",
    values: one(({ stats }) => stats?.totals.dead),
  },
];

/** The media type of the text. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The counts of all queues as Prometheus reads them. */
export async function metricsText(queues: SeenQueue[]): Promise<string> {
  const readings = await Promise.all(queues.map(read));
  return METRICS.map(({ name, type, help, values }) => {
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
    for (const reading of readings) {
      for (const [labels, value] of values(reading)) {
        if (typeof value !== "number") continue;
        lines.push(`${name}{queue="${escaped(reading.queue)}"${labels}} ${value}`);
      }
    }
    return `${lines.join("\n")}\n`;
  }).join("");
}

async function read(seen: SeenQueue): Promise<Reading> {
  const stats = await seen.counts().then((sample) => sample.stats, () => undefined);
  return { queue: seen.name, stats };
}

/** A label's value between its quotes. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
