import { cpus } from "node:os";
import { Server } from "./server.ts";

/** The machine and the versions, on which the figures depend. */
export async function describeEnvironment(port: number): Promise<string> {
  using server = new Server(port);
  const processors = cpus();
  const client = import.meta.resolve("@db/redis").startsWith("file:")
    ? "@redis/client in place of @db/redis"
    : "@db/redis";
  return [
    `${processors.length} x ${processors[0]?.model.trim() ?? "unknown processor"}`,
    `${Deno.build.os} ${Deno.osRelease()}`,
    `Redis ${await server.info("server", "redis_version")} without persistence`,
    `Deno ${Deno.version.deno}`,
    client,
  ].join(", ");
}
