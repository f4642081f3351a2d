import type {
  OpenConnection,
  RedisCommand,
  RedisConnection,
  RedisReply,
} from "../../src/connection/redis_connection.ts";
import { openDbRedis } from "../../src/connection/db_redis.ts";
import type { TestRedis } from "./redis.ts";

/** What {@linkcode tapped} puts in the way of the commands that go together. */
export type Tap = (
  commands: RedisCommand[],
  send: NonNullable<RedisConnection["sendCommands"]>,
) => Promise<(RedisReply | Error)[]>;

/** Connections as the queue opens them, for the option `connect`, where commands that go together pass through `tap`. */
export function tapped(redis: TestRedis, tap: Tap): OpenConnection {
  return async (signal) => {
    const connection = await openDbRedis({ hostname: "127.0.0.1", port: redis.port }, signal);
    const send = (commands: RedisCommand[]) => connection.sendCommands!(commands);
    return { ...connection, sendCommands: (commands) => tap(commands, send) };
  };
}
