import {
  AnswersLostError,
  type SupervisedConnection,
} from "../connection/supervised_connection.ts";
import { RedisReplyError, RedisUnavailableError, ReplicationError } from "../errors.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { MAX_BYTES } from "../lua/limits.ts";
import { type NewItem, put, type Replicas } from "../lua/put.ts";

/** A server may close the connection instead of refusing a large call. This often in a row is no accident. */
const MOST_LOST = 2;
/** What servers answer to a call that is too large for them. */
const TOO_LARGE = /ERR Protocol|bulk length|request size|too (large|big|long)|exceed/i;

/** Stores items. If a call is too large for the server, it stores them in smaller parts. */
export class PutSender {
  readonly #connection: SupervisedConnection;
  readonly #keys: QueueKeys;
  readonly #replicas: Replicas | undefined;
  /** The maximum number of bytes of payload in one call. A larger item goes alone. */
  maxBytes = MAX_BYTES;

  constructor(connection: SupervisedConnection, keys: QueueKeys, replicas: Replicas | undefined) {
    this.#connection = connection;
    this.#keys = keys;
    this.#replicas = replicas;
  }

  /** Stores the items, at most 1,000, in order; resolves to which of them are new. */
  async send(items: NewItem[]): Promise<boolean[]> {
    try {
      return await this.#sendOnce(items);
    } catch (error) {
      if (items.length === 1 || !isForItsSize(error)) throw error;
      const middle = items.length >> 1;
      const bytes = items.reduce((sum, { payload }) => sum + payload.length, 0);
      this.maxBytes = Math.min(this.maxBytes, Math.ceil(bytes / 2));
      const first = await this.send(items.slice(0, middle));
      return [...first, ...await this.#sendRest(items.slice(middle))];
    }
  }

  async #sendRest(items: NewItem[]): Promise<boolean[]> {
    try {
      return await this.send(items);
    } catch (error) {
      if (!(error instanceof RedisReplyError)) throw error;
      // The callers of the first part get the same error, though their items are stored.
      throw new RedisUnavailableError(error.message, { mayHaveHappened: true, cause: error });
    }
  }

  async #sendOnce(items: NewItem[]): Promise<boolean[]> {
    const { isNew, replicas: confirmed } = await put(this.#connection, this.#keys, items, {
      replicas: this.#replicas,
      mostLost: items.length === 1 ? Infinity : MOST_LOST,
    });
    const wanted = this.#replicas?.count ?? 0;
    if (confirmed >= wanted) return isNew;
    throw new ReplicationError(
      `Put an item, but only ${confirmed} of ${wanted} replicas confirmed it in time; it stays in the queue`,
      items.map(({ uid }) => uid),
    );
  }
}

function isForItsSize(error: unknown): boolean {
  if (error instanceof RedisReplyError) return TOO_LARGE.test(error.message);
  return error instanceof AnswersLostError;
}
