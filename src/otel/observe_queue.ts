import { type BatchObservableResult, diag, metrics } from "@opentelemetry/api";
import { waitFor } from "../connection/time_limit.ts";
import type { QueueStats } from "../queue_stats.ts";
import { VERSION } from "../version.ts";
import { SCHEMA_URL, SCOPE } from "./conventions.ts";

/** A queue whose numbers can be read, such as a `SafeRedisQueue`. */
export interface ObservableQueue {
  /** Its name. */
  readonly name: string;
  /** Counts its items. */
  stats(): Promise<QueueStats>;
  /** Who consumes from it; left out, that is not measured. */
  consumers?(): Promise<readonly unknown[]>;
}

/** What ends an observation, also at the end of a `using` block. */
export interface QueueObservation extends Disposable {
  /** Ends it. */
  stop(): void;
}

/** An export must not wait for a Redis that is away. */
const PATIENCE_MS = 2_000;

/**
 * Gives the numbers of a queue to OpenTelemetry, as gauges that are read at each export: `saferedisqueue.items` with the attribute
 * `saferedisqueue.state` ("waiting", "in flight", "delayed" or "dead"), `saferedisqueue.oldest.age` in seconds, and
 * `saferedisqueue.consumers`. While Redis is away, there are none.
 *
 * They are those of the queue, and not of this program: one program is enough for each queue.
 *
 * @param queue The queue.
 * @returns What ends it.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 * import { observeQueue } from "@saferedisqueue/saferedisqueue/otel";
 *
 * await using queue = new SafeRedisQueue({ name: "mails" });
 * using _observation = observeQueue(queue);
 * ```
 */
export function observeQueue(queue: ObservableQueue): QueueObservation {
  const meter = metrics.getMeter(SCOPE, VERSION, { schemaUrl: SCHEMA_URL });
  const items = meter.createObservableGauge("saferedisqueue.items", {
    description: "Items of the queue, by state",
    unit: "{item}",
  });
  const oldestAge = meter.createObservableGauge("saferedisqueue.oldest.age", {
    description: "Time since the put of the item that is next; 0 if none waits",
    unit: "s",
  });
  const consumers = meter.createObservableGauge("saferedisqueue.consumers", {
    description: "Instances that consume",
    unit: "{consumer}",
  });
  const attributes = {
    "messaging.system": "saferedisqueue",
    "messaging.destination.name": queue.name,
  };
  const observe = async (result: BatchObservableResult) => {
    try {
      const reading = Promise.all([queue.stats(), queue.consumers?.()]);
      const [stats, consuming] = await waitFor(reading, { timeoutMs: PATIENCE_MS });
      const { waiting, inFlight, delayed, dead } = stats;
      for (const [state, count] of Object.entries({ waiting, inFlight, delayed, dead })) {
        const name = state === "inFlight" ? "in flight" : state;
        result.observe(items, count, { ...attributes, "saferedisqueue.state": name });
      }
      result.observe(oldestAge, stats.oldestAge ?? 0, attributes);
      if (consuming !== undefined) result.observe(consumers, consuming.length, attributes);
    } catch (error) {
      diag.warn(`The queue ${queue.name} could not be observed`, error);
    }
  };
  const gauges = [items, oldestAge, consumers];
  meter.addBatchObservableCallback(observe, gauges);
  const stop = () => meter.removeBatchObservableCallback(observe, gauges);
  return { stop, [Symbol.dispose]: stop };
}
