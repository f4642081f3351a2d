/**
 * A reliable FIFO queue on Redis: an item leaves Redis only when it was acknowledged. Atomic (Lua), batched, safe for any
 * number of producers and consumers, and compatible with the Python library saferedisqueue 4.x on the same Redis.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ name: "greetings" });
 * await queue.put("Hello World");
 *
 * const [uid, item] = await queue.get(5);
 * if (uid !== null) {
 *   console.log(item); // Hello World
 *   await queue.ack(uid);
 * }
 * ```
 *
 * @module
 */

export { type Backoff, exponentialBackoff, type ExponentialBackoffOptions } from "./src/backoff.ts";
export type {
  ClusterOptions,
  ConnectionOptions,
  NodeAddress,
  SentinelOptions,
} from "./src/connection_options.ts";
export type {
  DeadLetter,
  DeadLetterList,
  DeadLetterListOptions,
  DeadLetters,
} from "./src/dead_letters.ts";
export {
  HandlerError,
  LeaseLostError,
  QueueClosedError,
  QueueError,
  RedisReplyError,
  RedisUnavailableError,
  ReplicationError,
  SerializationError,
  UnsupportedRedisError,
} from "./src/errors.ts";
export type { DeadLettersOptions, ReplicasOptions, SafeRedisQueueOptions } from "./src/options.ts";
export type { FailOptions, QueueItem } from "./src/queue_item.ts";
export type { QueueStats, QueueTotals } from "./src/queue_stats.ts";
export type {
  OpenConnection,
  RedisArgument,
  RedisConnection,
  RedisReply,
} from "./src/redis_connection.ts";
export {
  type GetOptions,
  type GetResult,
  type PeekedItem,
  type PutManyOptions,
  type PutOptions,
  SafeRedisQueue,
} from "./src/safe_redis_queue.ts";
export { bytes, json } from "./src/serializers.ts";
export type { JSONLike, JSONSerializer, Serializer } from "./src/serializers.ts";
export type { ConsumeOptions, DrainOptions, DrainResult } from "./src/work_options.ts";
export type { Handler } from "./src/worker.ts";

if (import.meta.main) {
  // Imported on demand: users of the class never load it.
  const { main } = await import("./src/cli/main.ts");
  await main();
}
