import { createLazyClient } from "@db/redis";
import type { RedisArgument, RedisReply } from "../../mod.ts";

/** Sends one command over a connection of its own: what came before it, or comes after, does not reach it. */
export async function rawCommand(
  port: number,
  name: string,
  ...args: RedisArgument[]
): Promise<RedisReply> {
  const redis = createLazyClient({ hostname: "127.0.0.1", port, maxRetryCount: 0 });
  try {
    return await redis.sendCommand(name, args);
  } finally {
    redis.close();
  }
}
