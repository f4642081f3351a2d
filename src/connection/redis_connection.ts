/** What may stand as an argument of a Redis command. */
export type RedisArgument = string | number | Uint8Array;

/** What Redis may answer. */
export type RedisReply = string | number | Uint8Array | null | RedisReply[];

/**
 * One connection to Redis, as small as a queue needs it. The clients of `@db/redis` have this shape; for another client
 * write it yourself and pass a function that opens one as the option `connect`.
 *
 * A command that Redis answers with an error must reject with an `Error` whose message is Redis's own text ("WRONGTYPE
 * Operation against ..."). Any other rejection counts as a broken connection: the queue closes it and opens another.
 * No error of the queue has the client's own error in it, since that may quote passwords and items: of its text only
 * plain words are shown, up to the first that is none, and of a command's failure that is no answer only its class.
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
  /** Sends one command and resolves to its reply; strings of the reply as bytes where `returnUint8Arrays` asks for it. */
  sendCommand(
    command: string,
    args: RedisArgument[],
    options?: { returnUint8Arrays?: boolean },
  ): Promise<RedisReply>;
  /** Ends the connection; commands still waiting for their reply reject. */
  close(): void | Promise<void>;
}

/** Opens a connection; `signal` aborts when it is no longer wanted. */
export type OpenConnection = (
  signal: AbortSignal,
) => RedisConnection | Promise<RedisConnection>;
