import { createLazyClient } from "@db/redis";
import config from "../../deno.json" with { type: "json" };
import {
  type ConsumeOptions,
  QueueClosedError,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
} from "../../mod.ts";
import { openTelemetry } from "../../otel.ts";
import { type BenchQueue, type Contestant, NAME, type Stop } from "../bench_queue.ts";
import { loops, sleep } from "../loops.ts";
import { keyOf } from "../order_ledger.ts";

export const overTcp: Contestant = {
  title: `saferedisqueue ${config.version}`,
  open: ({ port }) => Promise.resolve(new OverTcp({ hostname: "127.0.0.1", port })),
};

export const prefetching: Contestant = {
  title: `saferedisqueue ${config.version}, prefetch 100`,
  open: ({ port }) => Promise.resolve(new Ours({ hostname: "127.0.0.1", port }, { prefetch: 100 })),
};

export const overUnixSocket: Contestant = {
  title: `saferedisqueue ${config.version}, unix socket`,
  open: ({ socket }) => Promise.resolve(new Ours({ url: `unix://${socket}` })),
};

export const overCluster: Contestant = {
  title: `saferedisqueue ${config.version}, Redis Cluster`,
  open: ({ port }) => {
    const nodes = [{ hostname: "127.0.0.1", port }];
    return Promise.resolve(new Ours({ cluster: { nodes } }));
  },
};

export const withKeys: Contestant = {
  title: `saferedisqueue ${config.version}, order keys`,
  open: ({ port }) => Promise.resolve(new WithKeys({ hostname: "127.0.0.1", port })),
};

export const traced: Contestant = {
  title: `saferedisqueue ${config.version}, traced`,
  open: ({ port }) => Promise.resolve(new Ours(withTelemetry(port))),
};

export const unsampled: Contestant = {
  title: `saferedisqueue ${config.version}, traced and not sampled`,
  open: ({ port }) => Promise.resolve(new Ours(withTelemetry(port))),
};

function withTelemetry(port: number): SafeRedisQueueOptions {
  return { hostname: "127.0.0.1", port, telemetry: openTelemetry() };
}

export const inLoops: Contestant = {
  title: `saferedisqueue ${config.version}, get and ack`,
  open: ({ port }) => Promise.resolve(new InLoops({ hostname: "127.0.0.1", port })),
};

/** Our queue, over any connection. */
export class Ours implements BenchQueue {
  readonly #options: SafeRedisQueueOptions;
  readonly #work: ConsumeOptions;
  protected readonly queue: SafeRedisQueue;

  constructor(options: SafeRedisQueueOptions, work: ConsumeOptions = {}) {
    this.#options = { ...options, name: NAME };
    this.#work = work;
    this.queue = new SafeRedisQueue(this.#options);
  }

  put(payload: string): Promise<unknown> {
    return this.queue.put(payload);
  }

  putMany(payloads: string[]): Promise<unknown> {
    return this.queue.putMany(payloads);
  }

  consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop {
    const queue = new SafeRedisQueue(this.#options);
    const stop = new AbortController();
    const consuming = queue.consume(({ payload }) => handle(payload), {
      ...this.#work,
      concurrency,
      signal: stop.signal,
    });
    return async () => {
      stop.abort();
      await consuming;
      await queue.close();
    };
  }

  async take(count: number): Promise<void> {
    while (count > 0) count -= (await this.queue.getMany(count, -1)).length;
  }

  async left(): Promise<number> {
    return await this.queue.size() + await this.queue.inFlight();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue.close();
  }
}

class WithKeys extends Ours {
  override put(payload: string): Promise<unknown> {
    return this.queue.put(payload, { orderKey: keyOf(payload) });
  }

  /** One call has one key for all. */
  override putMany(payloads: string[]): Promise<unknown> {
    return Promise.all(payloads.map((payload) => this.put(payload)));
  }
}

/** Our queue with loops of `get` and `ack` instead of `consume`. */
class InLoops extends Ours {
  readonly #options: SafeRedisQueueOptions;

  constructor(options: SafeRedisQueueOptions) {
    super(options);
    this.#options = { ...options, name: NAME };
  }

  override consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop {
    const queue = new SafeRedisQueue(this.#options);
    let unfinished = 0;
    const consuming = loops(concurrency, async () => {
      try {
        const [uid, payload] = await queue.get();
        if (uid === null) return true;
        unfinished++;
        await handle(payload);
        await queue.ack(uid);
        unfinished--;
        return true;
      } catch (error) {
        if (error instanceof QueueClosedError) return false;
        throw error;
      }
    });
    return async () => {
      while (unfinished > 0) await sleep(1);
      await Promise.all([queue.close(), consuming]);
    };
  }
}

/** Our queue with a PING of its client, to compare with. */
class OverTcp extends Ours {
  readonly #client;

  constructor(options: { hostname: string; port: number }) {
    super(options);
    // With the options that the queue gives it.
    this.#client = createLazyClient({ ...options, noDelay: true, maxRetryCount: 0 });
  }

  ping(): Promise<unknown> {
    return this.#client.sendCommand("PING");
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await super[Symbol.asyncDispose]();
  }
}
