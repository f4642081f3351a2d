import { CachedRead } from "../dashboard/cached_read.ts";
import { queueNames } from "../queue_names.ts";
import { SafeRedisQueue } from "../safe_redis_queue.ts";
import { bytes } from "../serializers.ts";
import type { GivenOptions } from "./command.ts";
import { openQueue, urlOf } from "./open_queue.ts";

/** The most queues that are shown: each has a connection of its own. */
const MOST_QUEUES = 200;
/** How long a search for queues holds. */
const SEARCH_MS = 5_000;

/**
 * The queues of a server, found by their keys, in the order of their names. One that was found stays, also when it is empty and has
 * no keys any more.
 */
export class FoundQueues implements AsyncDisposable {
  readonly #url: string | undefined;
  readonly #queues = new Map<string, SafeRedisQueue<Uint8Array>>();
  readonly #search = new CachedRead(() => this.#find(), SEARCH_MS);

  private constructor(url: string | undefined) {
    this.#url = url;
  }

  /** Connects, to tell at once if Redis can't be reached. */
  static async open(given: GivenOptions, stop: AbortSignal): Promise<FoundQueues> {
    await using _ = await openQueue(given, { serializer: bytes, autocleanInterval: null }, stop);
    return new FoundQueues(await urlOf(given));
  }

  all(): Promise<SafeRedisQueue<Uint8Array>[]> {
    return this.#search.get();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#queues.values(), (queue) => queue.close()));
  }

  async #find(): Promise<SafeRedisQueue<Uint8Array>[]> {
    for (const name of await queueNames({ url: this.#url }, { limit: MOST_QUEUES })) {
      if (this.#queues.has(name) || this.#queues.size >= MOST_QUEUES) continue;
      const options = { url: this.#url, name, serializer: bytes, autocleanInterval: null };
      this.#queues.set(name, new SafeRedisQueue(options));
    }
    return [...this.#queues.values()].toSorted((one, other) => one.name < other.name ? -1 : 1);
  }
}
