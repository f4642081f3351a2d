import { cpus } from "node:os";
import { startRedis } from "./redis.ts";
import { Server } from "./server.ts";

/** The machine and the versions, on which the figures depend. `settings` are those of Redis. */
export async function describeEnvironment(settings: string[]): Promise<string> {
  await using redis = await startRedis(settings);
  using server = await Server.connect(redis.address.port);
  const processors = cpus();
  const isAppending = await server.info("persistence", "aof_enabled") === "1";
  const client = import.meta.resolve("@db/redis").startsWith("file:")
    ? "@redis/client in place of @db/redis"
    : "@db/redis";
  return [
    `${processors.length} x ${processors[0]?.model.trim() ?? "unknown processor"}`,
    `${Deno.build.os} ${Deno.osRelease()}`,
    `Redis ${await server.info("server", "redis_version")} ` +
    (isAppending ? "with an append-only file" : "without persistence"),
    `Deno ${Deno.version.deno}`,
    client,
  ].join(", ");
}
