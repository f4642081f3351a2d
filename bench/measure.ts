import type { Address, BenchQueue } from "./bench_queue.ts";
import type { QueueName } from "./queues/mod.ts";
import type { Reading } from "./reading.ts";
import type { Server } from "./server.ts";

/** What a measure works with: a queue, and an empty Redis. */
export interface Bench {
  address: Address;
  server: Server;
  open(): Promise<BenchQueue>;
  /** How many calls or handlers run at once; 1 if the measure has no such number. */
  atOnce: number;
  /** Whether a rough figure is enough. */
  quick: boolean;
  /** The settings of the Redis, as on the command line. */
  settings: string[];
}

/** One way to measure a queue. */
export interface Measure {
  summary: string;
  /** The queues that it can measure. Default: all without order keys. */
  queues?: QueueName[];
  /** How many calls or handlers run at once: measured with each number, in a process of its own. */
  atOnce?: number[];
  /** Whether it runs only if it is named. */
  onRequest?: boolean;
  run(bench: Bench): Promise<Reading[]>;
}

/** How many items to time: what runs more of them at once is faster. */
export function itemCount({ atOnce, quick }: Bench): number {
  return Math.round((quick ? 5_000 : 20_000) * Math.sqrt(Math.min(atOnce, 100)));
}

/** Puts all `payloads` in the fastest way. */
export async function fill(queue: BenchQueue, payloads: string[]): Promise<void> {
  const size = 1_000;
  for (let i = 0; i < payloads.length; i += size) {
    const some = payloads.slice(i, i + size);
    if (queue.putMany) await queue.putMany(some);
    else await Promise.all(some.map((payload) => queue.put(payload)));
  }
}
