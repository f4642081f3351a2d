import type { RedisArgument, RedisReply } from "../../mod.ts";
import { plainClient } from "./plain_client.ts";

/** Sends one command over a connection of its own: what came before it, or comes after, does not reach it. */
export async function rawCommand(
  port: number,
  name: string,
  ...args: RedisArgument[]
): Promise<RedisReply> {
  const redis = plainClient(port);
  try {
    return await redis.sendCommand(name, args);
  } finally {
    redis.close();
  }
}
