import type { Address, BenchQueue } from "./bench_queue.ts";
import type { QueueName } from "./queues/mod.ts";
import type { Reading } from "./reading.ts";
import type { Server } from "./server.ts";

/** What a measure works with: a queue, and an empty Redis. */
export interface Bench {
  address: Address;
  server: Server;
  open(): Promise<BenchQueue>;
  /** Whether a rough figure is enough. */
  quick: boolean;
}

/** One way to measure a queue. */
export interface Measure {
  summary: string;
  /** The queues that it can measure. Default: all. */
  queues?: QueueName[];
  /** Whether it runs only if --only names it. */
  onRequest?: boolean;
  run(bench: Bench): Promise<Reading[]>;
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
