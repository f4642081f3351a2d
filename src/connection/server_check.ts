import { QueueError, UnsupportedRedisError } from "../errors.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { replyErrorOf } from "./reply_errors.ts";

/** The first version with BLMOVE. */
const OLDEST = [6, 2] as const;

/**
 * Checks whether the server can hold a queue. If Redis does not allow this user to look, the server counts as
 * good.
 *
 * @returns A danger to the items, to be reported; `undefined` if there is none.
 * @throws {UnsupportedRedisError} If the server is too old.
 */
export async function checkServer(
  connection: RedisConnection,
  address: string,
): Promise<QueueError | undefined> {
  const version = await info(connection, "server", "redis_version", "[\\d.]+");
  const [major = 0, minor = 0] = version?.split(".").map(Number) ?? OLDEST;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new UnsupportedRedisError(
      `Redis at ${address} has the version ${version}: ${
        OLDEST.join(".")
      } or newer is needed (for BLMOVE)`,
    );
  }
  const policy = await info(connection, "memory", "maxmemory_policy", "[a-z-]+");
  if (!policy?.startsWith("allkeys-")) return undefined;
  return new QueueError(
    `Redis at ${address} may drop items when it is full: its maxmemory-policy is ${policy}; set it to noeviction`,
  );
}

async function info(
  connection: RedisConnection,
  section: string,
  field: string,
  value: string,
): Promise<string | undefined> {
  try {
    const text = await connection.sendCommand("INFO", [section]);
    return new RegExp(`^${field}:(${value})`, "m").exec(String(text))?.[1];
  } catch (error) {
    if (replyErrorOf(error) === undefined) throw error;
    return undefined;
  }
}
