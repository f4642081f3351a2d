import { CachedRead } from "../dashboard/cached_read.ts";
import { queueNames } from "../queue_names.ts";
import { SafeRedisQueue } from "../safe_redis_queue.ts";
import { bytes } from "../serializers.ts";
import type { GivenOptions } from "./command.ts";
import { openQueue, urlOf } from "./open_queue.ts";

/** The most queues that are shown: each has a connection of its own. */
const MOST_QUEUES = 200;
/** How long a search holds, which looks through all keys of Redis. */
const SEARCH_MS = 15_000;

/**
 * The queues of a server, found by their keys, in the order of their names. One that was found stays, also when it has no keys any
 * more.
 */
export class FoundQueues implements AsyncDisposable {
  readonly #url: string | undefined;
  readonly #closed = new AbortController();
  readonly #queues = new Map<string, SafeRedisQueue<Uint8Array>>();
  readonly #search = new CachedRead(() => this.#find(), SEARCH_MS);

  private constructor(url: string | undefined) {
    this.#url = url;
  }

  /** Connects and searches, to tell at once if Redis can't be reached. */
  static async open(given: GivenOptions, stop: AbortSignal): Promise<FoundQueues> {
    await using _ = await openQueue(given, { serializer: bytes, autocleanInterval: null }, stop);
    const found = new FoundQueues(await urlOf(given));
    await found.#search.get();
    return found;
  }

  /** Those that are known. A search that is due goes on meanwhile: it may take a second. */
  all(): SafeRedisQueue<Uint8Array>[] {
    // If it fails, Redis is away, which each queue tells by itself.
    this.#search.get().catch(() => {});
    return [...this.#queues.values()].toSorted((one, other) => one.name < other.name ? -1 : 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await Promise.all(Array.from(this.#queues.values(), (queue) => queue.close()));
  }

  async #find(): Promise<void> {
    const { signal } = this.#closed;
    const names = await queueNames({ url: this.#url }, { limit: MOST_QUEUES, signal });
    for (const name of names) {
      if (this.#queues.has(name) || this.#queues.size >= MOST_QUEUES || signal.aborted) continue;
      const options = { url: this.#url, name, serializer: bytes, autocleanInterval: null };
      this.#queues.set(name, new SafeRedisQueue(options));
    }
  }
}
