import type { QueueKeys } from "../../src/lua/keys.ts";
import type { RedisReply } from "../../src/connection/redis_connection.ts";
import type { TestRedis } from "./redis.ts";

/** What the Python library saferedisqueue 4.x does with a queue, command by command. */
export class PythonSide {
  readonly #redis: TestRedis;
  readonly #keys: Pick<QueueKeys, "items" | "queue" | "ackbuf" | "aging">;

  constructor(redis: TestRedis, name = "0") {
    this.#redis = redis;
    this.#keys = {
      items: `srq:${name}:items`,
      queue: `srq:${name}:queue`,
      ackbuf: `srq:${name}:ackbuf`,
      aging: `srq:${name}:ackbuf_aging`,
    };
  }

  /** Its uids are UUIDs of version 4. */
  async put(item: string | Uint8Array): Promise<string> {
    const uid = crypto.randomUUID();
    await this.#transaction([
      ["HSET", this.#keys.items, uid, item],
      ["LPUSH", this.#keys.queue, uid],
    ]);
    return uid;
  }

  /** A negative timeout does not block. */
  async get(timeout: number): Promise<[uid: string, item: string] | [null, null]> {
    const { queue, ackbuf, items } = this.#keys;
    const uid = timeout < 0
      ? await this.#redis.command("RPOPLPUSH", queue, ackbuf)
      : await this.#redis.command("BRPOPLPUSH", queue, ackbuf, timeout);
    if (typeof uid !== "string") return [null, null];
    return [uid, String(await this.#redis.command("HGET", items, uid))];
  }

  async ack(uid: string): Promise<void> {
    await this.#transaction([...this.#forget(uid), ["HDEL", this.#keys.items, uid]]);
  }

  async fail(uid: string): Promise<void> {
    await this.#transaction([...this.#forget(uid), ["LPUSH", this.#keys.queue, uid]]);
  }

  /** Its cleaner: the leases of what was popped begin, and what is older than `interval` seconds is requeued. */
  async autoclean(interval: number): Promise<void> {
    const { queue, ackbuf, aging } = this.#keys;
    const now = await this.#redis.now();
    const popped = await this.#redis.command("LRANGE", ackbuf, 0, -1) as string[];
    const old = now - interval * 1e6;
    const expired = await this.#redis.command("ZRANGEBYSCORE", aging, 0, old) as string[];
    await this.#transaction([
      ...popped.flatMap((uid) => [["ZADD", aging, now, uid], ["LREM", ackbuf, 1, uid]]),
      ...expired.flatMap((uid) => [["ZREM", aging, uid], ["LPUSH", queue, uid]]),
    ]);
  }

  #forget(uid: string): (string | number)[][] {
    return [["LREM", this.#keys.ackbuf, 0, uid], ["ZREM", this.#keys.aging, uid]];
  }

  async #transaction(commands: (string | number | Uint8Array)[][]): Promise<RedisReply> {
    await this.#redis.command("MULTI");
    for (const [name, ...args] of commands) await this.#redis.command(String(name), ...args);
    return await this.#redis.command("EXEC");
  }
}
