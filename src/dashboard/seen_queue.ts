import { waitFor } from "../connection/time_limit.ts";
import type { Consumer } from "../consumers.ts";
import { insideOf, type SafeRedisQueue } from "../safe_redis_queue.ts";
import { CachedRead } from "./cached_read.ts";
import type { Sample } from "../queue_rates.ts";
import { History } from "./history.ts";
import { readServerHealth, type ServerHealth } from "./server_health.ts";

/** A queue of any items. */
export type AnyQueue = SafeRedisQueue<unknown>;

/** How long a page waits for Redis: less than a person does. */
const PATIENCE_MS = 3_000;

/** A queue as the dashboard sees it: what is asked often is asked once for all who look. */
export class SeenQueue {
  readonly queue: AnyQueue;
  readonly history = new History();
  readonly #counts: CachedRead<Sample>;
  readonly #consumers: CachedRead<Consumer[]>;
  readonly #server: CachedRead<ServerHealth>;

  constructor(queue: AnyQueue) {
    this.queue = queue;
    const { engine } = insideOf(queue);
    this.#counts = new CachedRead(async () => {
      const sample = { stats: await queue.stats(), at: Date.now() };
      this.history.add(sample);
      return sample;
    }, 1_000);
    this.#consumers = new CachedRead(() => queue.consumers(), 2_000);
    this.#server = new CachedRead(() => engine.run(readServerHealth), 10_000);
  }

  get name(): string {
    return this.queue.name;
  }

  counts(): Promise<Sample> {
    return inTime(this.#counts.get());
  }

  consumers(): Promise<Consumer[]> {
    return inTime(this.#consumers.get());
  }

  server(): Promise<ServerHealth> {
    return inTime(this.#server.get());
  }

  /** The queue was changed: what was counted is out of date. */
  changed(): void {
    this.#counts.forget();
  }
}

/** Redis's answer, unless it lets the reader of a page wait for too long. */
export function inTime<T>(answer: Promise<T>): Promise<T> {
  return waitFor(answer, { timeoutMs: PATIENCE_MS });
}
