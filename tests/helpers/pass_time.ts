import { queueKeys } from "../../src/lua/keys.ts";
import type { TestRedis } from "./redis.ts";

/** Lets time pass for the consumers of a queue: what Redis knows of them moves back. */
export async function passTime(redis: TestRedis, name: string, seconds: number): Promise<void> {
  const keys = queueKeys(name);
  const microseconds = seconds * 1e6;
  for (const id of await redis.command("ZRANGE", keys.consumers, 0, -1) as string[]) {
    await redis.command("ZINCRBY", keys.consumers, -microseconds, id);
    const note = String(await redis.command("HGET", keys.notes, id));
    const back = note.replace(/\b\d{16}\b/g, (time) => String(Number(time) - microseconds));
    await redis.command("HSET", keys.notes, id, back);
  }
}
