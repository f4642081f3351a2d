import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { RedisUnavailableError, ReplicationError, type SafeRedisQueue } from "../../mod.ts";
import { EMPTY, readState } from "./queue_state.ts";
import type { TestRedis } from "./redis.ts";
import { SECRET } from "./rejection.ts";
import { until } from "./until.ts";

const MAX_BACKLOG = 500;

/** A producer and a consumer at work, as simple as those of a user, with a ledger of what they were told. */
export class Traffic {
  /** uids of the puts that resolved. */
  readonly put = new Set<string>();
  /** uids that were acked, and how often they were delivered before. */
  readonly done = new Map<string, number>();
  /** What puts were rejected with. */
  readonly refusals: (RedisUnavailableError | ReplicationError)[] = [];
  readonly #deliveries = new Map<string, number>();
  readonly #producing = new AbortController();
  readonly #consuming = new AbortController();
  readonly #ends: Promise<void>[];

  constructor(producer: SafeRedisQueue, consumer: SafeRedisQueue) {
    this.#ends = [this.#produce(producer), this.#consume(consumer)];
    // A failure ends the test when it waits for the end.
    for (const end of this.#ends) end.catch(() => {});
  }

  /** Resolves when so many items more have gone all the way. */
  async flows(count = 100): Promise<void> {
    const goal = this.done.size + count;
    await Promise.race([
      until("items flow", () => this.done.size >= goal),
      Promise.all(this.#ends), // only to see it fail
    ]);
  }

  /** Stops producing, lets the consumer do the rest, and checks that nothing was lost. */
  async end(): Promise<void> {
    this.#producing.abort();
    await this.#ends[0];
    const missing = () => [...this.put].filter((uid) => !this.done.has(uid));
    await until("all is done", () => missing().length === 0);
    this.#consuming.abort();
    await this.#ends[1];
    assert.deepEqual(missing(), []);
  }

  async #produce(queue: SafeRedisQueue): Promise<void> {
    for (let i = 0; !this.#producing.signal.aborted; i++) {
      // A consumer makes two calls for each of the producer's: what waits would grow with the length of the test.
      if (this.put.size > this.done.size + MAX_BACKLOG) await sleep(10);
      try {
        this.put.add(await queue.put(`${SECRET} ${i}`));
      } catch (error) {
        const known = error instanceof RedisUnavailableError || error instanceof ReplicationError;
        if (!known) throw error;
        this.refusals.push(error);
      }
    }
  }

  async #consume(queue: SafeRedisQueue): Promise<void> {
    const { signal } = this.#consuming;
    while (!signal.aborted) {
      try {
        const [uid] = await queue.get({ signal });
        assert(uid !== null);
        this.#deliveries.set(uid, (this.#deliveries.get(uid) ?? 0) + 1);
        await this.#ack(queue, uid);
        this.done.set(uid, this.#deliveries.get(uid)!);
      } catch (error) {
        if (error !== signal.reason && !(error instanceof RedisUnavailableError)) throw error;
      }
    }
  }

  /** Until it is known: an item whose ack was carried out, and not answered, is never delivered again. */
  async #ack(queue: SafeRedisQueue, uid: string): Promise<void> {
    for (;;) {
      try {
        return void await queue.ack(uid);
      } catch (error) {
        if (!(error instanceof RedisUnavailableError)) throw error;
      }
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Gets and acks what is left of a queue, until nothing of it is left in Redis: all leases have to run out. */
export async function drain(redis: TestRedis, queue: SafeRedisQueue): Promise<void> {
  await drainUntil(queue, async () => isDeepStrictEqual(await readState(redis, queue.name), EMPTY));
}

/** Likewise for several servers that make a whole, until no key is left there. */
export async function drainAll(
  servers: { keys: () => Promise<string[]> },
  queue: SafeRedisQueue,
): Promise<void> {
  await drainUntil(queue, async () => (await servers.keys()).length === 0);
}

async function drainUntil(queue: SafeRedisQueue, isEmpty: () => Promise<boolean>): Promise<void> {
  await until("nothing is left", async () => {
    const items = await queue.getMany(1_000, -1);
    await queue.ackMany(items.map(([uid]) => uid));
    return await isEmpty();
  });
}
