import type { ConnectionOptions, SentinelOptions } from "./connection_options.ts";
import { openDbRedis } from "./db_redis.ts";
import type { RedisConnection } from "./redis_connection.ts";

/**
 * Asks the Sentinels, one after the other, where the master is, and connects to it. After a failover the connection
 * breaks, or Redis answers READONLY: whoever supervises it opens the next one, which asks anew.
 *
 * Protocol: https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
export async function openMaster(
  options: ConnectionOptions,
  sentinel: SentinelOptions,
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const failures: unknown[] = [];
  for (const { hostname, port = 26379 } of sentinel.nodes) {
    const { tls, caCerts } = options;
    const { username, password } = sentinel;
    try {
      const address = await askForMaster(
        await openDbRedis({ hostname, port, tls, caCerts, username, password }, abandoned),
        sentinel.name,
      );
      return await openAsMaster({ ...options, ...address }, abandoned);
    } catch (error) {
      abandoned.throwIfAborted();
      failures.push(error);
    }
  }
  throw new AggregateError(
    failures,
    `no Sentinel led to a master: ${failures.map(messageOf).join("; ")}`,
  );
}

async function askForMaster(
  connection: RedisConnection,
  name: string,
): Promise<{ hostname: string; port: number }> {
  try {
    const reply = await connection.sendCommand("SENTINEL", ["GET-MASTER-ADDR-BY-NAME", name]);
    if (!Array.isArray(reply)) throw new Error(`it knows no master called ${name}`);
    return { hostname: String(reply[0]), port: Number(reply[1]) };
  } finally {
    await connection.close();
  }
}

/** A Sentinel may still name the master that was: the server itself has to say that it is one. */
async function openAsMaster(
  options: ConnectionOptions & { hostname: string },
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const connection = await openDbRedis(options, abandoned);
  const role = await connection.sendCommand("ROLE", []);
  if (Array.isArray(role) && role[0] === "master") return connection;
  await connection.close();
  throw new Error(`${options.hostname}:${options.port} is not a master at present`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
