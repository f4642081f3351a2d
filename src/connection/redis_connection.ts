/** An argument of a Redis command. */
export type RedisArgument = string | number | Uint8Array;

/** A reply of Redis. */
export type RedisReply = string | number | Uint8Array | null | RedisReply[];

/** One command of several that are sent at once. */
export interface RedisCommand {
  /** Its name. */
  command: string;
  /** What follows the name. */
  args: RedisArgument[];
  /** Whether the strings in the reply are to be bytes. */
  returnUint8Arrays?: boolean;
}

/**
 * One connection to Redis, with only what a queue needs. The clients of `@db/redis` have this shape. To use another
 * client, give it this shape and pass a function that opens a connection as the option `connect`.
 *
 * If Redis answers a command with an error, the command must reject with an `Error` whose message is Redis's own text
 * ("WRONGTYPE Operation against ..."). Any other rejection counts as a broken connection: the queue closes it and opens
 * another.
 *
 * The errors of a queue never contain the client's own error, since that may quote passwords and items. They show only
 * the plain words at the beginning of its text. If a command fails without an answer of Redis, they show only the class
 * of the error.
 *
 * @example
 * ```ts
 * import { createLazyClient } from "@db/redis";
 * import { type RedisConnection, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * const connect = (): RedisConnection => createLazyClient({ hostname: "127.0.0.1", maxRetryCount: 0 });
 * const queue = new SafeRedisQueue({ connect });
 * await queue.close();
 * ```
 */
export interface RedisConnection {
  /** Sends one command and resolves to its reply. With `returnUint8Arrays` the strings in the reply are bytes. */
  sendCommand(
    command: string,
    args: RedisArgument[],
    options?: { returnUint8Arrays?: boolean },
  ): Promise<RedisReply>;
  /**
   * Sends several commands with one write, and resolves to their replies in order. If Redis answers one with an error, that
   * error stands in its place, and the next runs nevertheless. The first may be a blocking one. A connection need not have
   * this method. With it, a consumer that waits hears of an item one round trip sooner.
   */
  sendCommands?(commands: RedisCommand[]): Promise<(RedisReply | Error)[]>;
  /** Closes the connection; commands that still wait for their reply reject. */
  close(): void | Promise<void>;
}

/** Opens a connection; `signal` aborts when it is no longer wanted. */
export type OpenConnection = (
  signal: AbortSignal,
) => RedisConnection | Promise<RedisConnection>;
