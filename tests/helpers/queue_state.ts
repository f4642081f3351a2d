import { queueKeys } from "../../src/lua/keys.ts";
import type { RedisReply } from "../../src/connection/redis_connection.ts";
import type { TestRedis } from "./redis.ts";

/** All that Redis holds of one queue, as byte strings: each character is one byte, ASCII text reads as itself. */
export interface QueueState {
  /** uid -> payload */
  items: Record<string, string>;
  /** From left to right: the next uid to be claimed is the last. */
  queue: string[];
  /** From left to right: the uid popped first is the last. */
  ackbuf: string[];
  /** uid -> microseconds since the epoch when the lease began */
  aging: Record<string, number>;
}

export const EMPTY: QueueState = { items: {}, queue: [], ackbuf: [], aging: {} };

/** Writes a state, what is left out being empty, as any client of the data format may have left it. */
export async function seed(
  redis: TestRedis,
  name: string,
  state: Partial<QueueState>,
): Promise<void> {
  const keys = queueKeys(name);
  await redis.command("DEL", ...Object.values(keys));
  const items = Object.entries(state.items ?? {});
  const fields = items.flatMap(([uid, payload]) => [bytesOf(uid), bytesOf(payload)]);
  const scores = Object.entries(state.aging ?? {}).flatMap(([uid, score]) => [score, bytesOf(uid)]);
  if (fields.length > 0) await redis.command("HSET", keys.items, ...fields);
  if (state.queue?.length) await redis.command("RPUSH", keys.queue, ...state.queue.map(bytesOf));
  if (state.ackbuf?.length) await redis.command("RPUSH", keys.ackbuf, ...state.ackbuf.map(bytesOf));
  if (scores.length > 0) await redis.command("ZADD", keys.aging, ...scores);
}

/** Reads the whole state of a queue. */
export async function readState(redis: TestRedis, name: string): Promise<QueueState> {
  const keys = queueKeys(name);
  const [items, queue, ackbuf, aging] = await Promise.all([
    redis.commandForBytes("HGETALL", keys.items),
    redis.commandForBytes("LRANGE", keys.queue, 0, -1),
    redis.commandForBytes("LRANGE", keys.ackbuf, 0, -1),
    redis.commandForBytes("ZRANGE", keys.aging, 0, -1, "WITHSCORES"),
  ]);
  return {
    items: Object.fromEntries(pairs(byteStrings(items))),
    queue: byteStrings(queue),
    ackbuf: byteStrings(ackbuf),
    aging: Object.fromEntries(
      pairs(byteStrings(aging)).map(([uid, score]) => [uid, Number(score)]),
    ),
  };
}

/** The bytes of a byte string. */
export function bytesOf(byteString: string): Uint8Array {
  const bytes = new Uint8Array(byteString.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteString.charCodeAt(i);
  return bytes;
}

/** The byte string of bytes. */
export function byteStringOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function byteStrings(reply: RedisReply): string[] {
  return (reply as Uint8Array[]).map(byteStringOf);
}

function pairs(list: string[]): [string, string][] {
  return list.flatMap((key, i) => i % 2 === 0 ? [[key, list[i + 1]!]] : []);
}
