import { chosenUids } from "./arguments.ts";
import { about } from "./concerned_uids.ts";
import { deleteDead } from "./lua/delete.ts";
import { requeueDead } from "./lua/requeue_dead.ts";
import type { QueueEngine } from "./engine/engine.ts";
import { checkOptions } from "./given_options.ts";
import type { ItemHeaders } from "./headers.ts";
import { listEntries, type QueueEntry } from "./queue_entry.ts";
import type { Codec } from "./serializers.ts";

/** An item that nobody may claim: it has failed, or expired, as often as `maxAttempts` allows. */
export interface DeadLetter<T> {
  /** The item's uid. */
  uid: string;
  /** What was put; `undefined` if it can't be read, which is why it died then. */
  payload: T | undefined;
  /** The stored bytes. */
  bytes: Uint8Array;
  /** How often it was delivered in vain. */
  attempts: number;
  /** Text of the last error; `""` if none was given. */
  error: string;
  /** The order key that it was put with; `undefined` for none. */
  orderKey: string | undefined;
  /** What was put beside the payload; `{}` for nothing. */
  headers: ItemHeaders;
  /** When it died, by Redis's clock. */
  diedAt: Date;
}

/** Which dead letters to list. */
export interface DeadLetterListOptions {
  /** Maximum number, up to 1,000. Default: 100. */
  limit?: number | undefined;
  /** Where to go on: the `cursor` of the list before. */
  cursor?: string | undefined;
}

const LIST_OPTIONS = { limit: true, cursor: true } satisfies Record<
  keyof DeadLetterListOptions,
  true
>;

/** Some of the dead letters. */
export interface DeadLetterList<T> {
  /** The longest dead first. */
  items: DeadLetter<T>[];
  /** For the next call; `undefined` at the end. */
  cursor: string | undefined;
}

/**
 * The dead letters of a queue: items that rest until a person requeues or deletes them.
 *
 * @typeParam T The type of an item.
 */
export interface DeadLetters<T> {
  /**
   * Lists dead letters, the longest dead first.
   *
   * @param options How many, and where to go on.
   * @throws {TypeError} If an option is wrong.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "mails" });
   * const { items } = await queue.dead.list({ limit: 10 });
   * for (const { uid, attempts, error } of items) console.log(uid, attempts, error);
   * ```
   */
  list(options?: DeadLetterListOptions): Promise<DeadLetterList<T>>;
  /**
   * Queues dead letters again, behind the items that wait and with no attempt counted.
   *
   * @param uids One uid, or several.
   * @returns How many of them were dead, and are queued.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "mails" });
   * const { items } = await queue.dead.list();
   * const timeouts = items.filter(({ error }) => error.includes("timeout"));
   * await queue.dead.requeue(timeouts.map(({ uid }) => uid));
   * ```
   */
  requeue(uids: string | Iterable<string>): Promise<number>;
  /**
   * Queues all again that are dead at the moment, as {@linkcode DeadLetters.requeue} does.
   *
   * @returns How many were queued.
   */
  requeueAll(): Promise<number>;
  /**
   * Deletes dead letters for good.
   *
   * @param uids One uid, or several.
   * @returns How many of them were dead, and are deleted.
   */
  delete(uids: string | Iterable<string>): Promise<number>;
  /**
   * Deletes all for good that are dead at the moment.
   *
   * @returns How many were deleted.
   */
  deleteAll(): Promise<number>;
}

/** The dead letters of the engine's queue. `use` is called at the beginning of each call. */
export function deadLettersOf<T>(
  engine: QueueEngine,
  codec: Codec<T>,
  use: (action: string) => void,
): DeadLetters<T> {
  return {
    async list(options = {}) {
      use("list the dead letters");
      checkOptions(options, LIST_OPTIONS);
      const { items, cursor } = await listEntries(engine, codec, "dead", options);
      return { items: items.map(deadLetterOf), cursor };
    },
    async requeue(uids) {
      use("requeue dead letters");
      const chosen = chosenUids(uids, "requeue", "dead letters");
      const changed = engine.run((connection, keys) => requeueDead(connection, keys, chosen));
      return await about(chosen, changed);
    },
    async requeueAll() {
      use("requeue dead letters");
      return await engine.run((connection, keys) => requeueDead(connection, keys));
    },
    async delete(uids) {
      use("delete dead letters");
      const chosen = chosenUids(uids, "delete", "dead letters");
      const changed = engine.run((connection, keys) => deleteDead(connection, keys, chosen));
      return await about(chosen, changed);
    },
    async deleteAll() {
      use("delete dead letters");
      return await engine.run((connection, keys) => deleteDead(connection, keys));
    },
  };
}

function deadLetterOf<T>(entry: QueueEntry<T>): DeadLetter<T> {
  const { uid, payload, bytes, attempts, error, orderKey, headers, diedAt } = entry;
  return { uid, payload, bytes, attempts, error, orderKey, headers, diedAt: diedAt! };
}
