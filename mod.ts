/**
 * A reliable queue on Redis: an item leaves Redis only when a consumer has acknowledged it. If the consumer
 * crashes, hangs or loses its connection before that, the item is delivered again.
 *
 * - **At least once.** Every change of state is one Lua script, safe to run twice. The items of a crashed consumer are
 *   delivered again. The queue reconnects by itself after every outage and failover.
 * - **Fast.** The queue sends concurrent calls together, in batches.
 * - **Complete.** {@linkcode SafeRedisQueue.consume}, {@linkcode SafeRedisQueue.drain} and `for await`; retries with
 *   backoff, delays, dead letters ({@linkcode SafeRedisQueue.dead}), automatic extension of leases,
 *   {@linkcode SafeRedisQueue.stats}, {@linkcode SafeRedisQueue.pause}; a command line (`./cli`).
 * - **Small.** Deno 2.5 or newer; Redis 6.2 or newer, or Valkey; TCP, TLS, unix sockets, Redis Cluster, Sentinel. The only permission of
 *   Deno that it needs is `--allow-net`.
 * - **Speaks Python.** It has the data format of the Python library saferedisqueue 4.x, so both can share a queue.
 *
 * The pages in `docs`, among the package's files, have a guide, the guarantees, all options and errors, Deno Deploy, and
 * answers to frequent questions; README.md compares it with other queues; `examples` has programs to start from.
 *
 * @example A worker: ten items at once, retries, dead letters, and a clean end at Ctrl-C or SIGTERM
 * ```ts
 * import { exponentialBackoff, SafeRedisQueue, stopSignal } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ name: "greetings", maxAttempts: 5 });
 *
 * await queue.consume((item) => {
 *   // If the handler returns, the item is acked: it is deleted. If it throws, the item is tried again later.
 *   console.log(item.payload);
 * }, { concurrency: 10, backoff: exponentialBackoff(), signal: stopSignal() });
 * ```
 *
 * @example A producer with typed items
 * ```ts
 * import { json, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * interface Mail {
 *   to: string;
 * }
 *
 * await using queue = new SafeRedisQueue<Mail>({ name: "mails", serializer: json });
 *
 * const uid = await queue.put({ to: "ada@example.org" }); // resolves when the item is in Redis
 * await queue.put({ to: "bob@example.org" }, { delay: 60 }); // in a minute
 * ```
 *
 * @example By hand
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ url: "redis://localhost:6379", name: "letters" });
 * await queue.put("Hello World");
 *
 * const [uid, item] = await queue.get(5); // waits up to 5 seconds
 * if (uid !== null) {
 *   console.log(item); // Hello World
 *   await queue.ack(uid); // done; or queue.fail(uid): it is queued again
 * }
 * ```
 *
 * @module
 */

export type { GetOptions, PutManyOptions, PutOptions } from "./src/arguments.ts";
export {
  type Backoff,
  exponentialBackoff,
  type ExponentialBackoffOptions,
} from "./src/worker/backoff.ts";
export type {
  ClusterOptions,
  ConnectionOptions,
  NodeAddress,
  SentinelOptions,
} from "./src/connection/connection_options.ts";
export type { Consumer } from "./src/consumers.ts";
export type {
  DeadLetter,
  DeadLetterList,
  DeadLetterListOptions,
  DeadLetters,
} from "./src/dead_letters.ts";
export type { ItemHeaders } from "./src/headers.ts";
export {
  HandlerError,
  ItemDeletedError,
  LeaseLostError,
  QueueClosedError,
  QueueError,
  RedisReplyError,
  RedisUnavailableError,
  ReplicationError,
  SerializationError,
  UnsupportedRedisError,
} from "./src/errors.ts";
export type {
  DeadLettersOptions,
  OptionalSerializer,
  QueueOptions,
  ReplicasOptions,
  RequiredSerializer,
  SafeRedisQueueOptions,
  SerializerOptions,
  ServerOptions,
} from "./src/options.ts";
export type { ItemState, QueueEntry, QueueList, QueueListOptions } from "./src/queue_entry.ts";
export type { FailOptions, QueueItem } from "./src/queue_item.ts";
export { queueNames, type QueueNamesOptions } from "./src/queue_names.ts";
export type { QueueStats, QueueTotals } from "./src/queue_stats.ts";
export type {
  OpenConnection,
  RedisArgument,
  RedisCommand,
  RedisConnection,
  RedisReply,
} from "./src/connection/redis_connection.ts";
export { type GetResult, type PeekedItem, SafeRedisQueue } from "./src/safe_redis_queue.ts";
export { bytes, json } from "./src/serializers.ts";
export type { JSONLike, JSONSerializer, Serializer } from "./src/serializers.ts";
export { stopSignal } from "./src/stop_signal.ts";
export type { ConsumeOptions, DrainOptions, DrainResult } from "./src/worker/work_options.ts";
export type { Handler } from "./src/worker/worker.ts";

if (import.meta.main) {
  // Imported on demand: programs that use the class never load the command line.
  const { main } = await import("./src/cli/main.ts");
  await main();
}
export type {
  EndedSpan,
  ObservedQueueInfo,
  ProcessedItem,
  ProcessSpan,
  QueueTelemetry,
  Sending,
  SendSpan,
  Settlement,
  Settling,
  SpanEnd,
  Telemetry,
} from "./src/telemetry.ts";
