import { QueueError, UnsupportedRedisError } from "../errors.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { replyErrorOf } from "./reply_errors.ts";
import type { Shortfalls } from "./shortfalls.ts";

/**
 * Needed commands that not every server has: Redis before 6.2 lacks some. The version does not tell: other servers have
 * versions of their own.
 */
const NEEDED = ["BLMOVE", "HRANDFIELD", "LPOS", "ZMSCORE", "ZRANDMEMBER"];

/**
 * Checks whether the server can hold a queue. If it does not say which commands it has, it counts as good: its refusal of
 * one names it.
 *
 * @returns A danger to the items, to be reported; `undefined` if there is none.
 * @throws {UnsupportedRedisError} If the server lacks commands that a queue needs.
 */
export async function checkServer(
  connection: RedisConnection,
  address: string,
  shortfalls: Shortfalls,
): Promise<QueueError | undefined> {
  const missing = await missingCommands(connection);
  if (missing.length > 0) {
    const version = await info(connection, "server", "redis_version", "[\\d.]+").catch(unknown);
    throw new UnsupportedRedisError(
      `Redis at ${address}${version === undefined ? "" : ` of version ${version}`} does not have ${
        missing.join(", ")
      }: Redis 6.2 or newer, or Valkey, is needed`,
    );
  }
  try {
    const policy = await info(connection, "memory", "maxmemory_policy", "[a-z-]+");
    if (!policy?.startsWith("allkeys-")) return undefined;
    return new QueueError(
      `Redis at ${address} may drop items when it is full: its maxmemory-policy is ${policy}; set it to noeviction`,
    );
  } catch (error) {
    unknown(error);
    const effect = "it may drop items when it is full, unless its maxmemory-policy is noeviction";
    shortfalls.tell("INFO", effect, error);
    return undefined;
  }
}

/** The needed commands that the server does not have, as far as it tells. */
async function missingCommands(connection: RedisConnection): Promise<string[]> {
  const reply = await connection.sendCommand("COMMAND", ["INFO", ...NEEDED]).catch(unknown);
  if (!Array.isArray(reply) || reply.length !== NEEDED.length) return [];
  return NEEDED.filter((_, i) => reply[i] === null);
}

async function info(
  connection: RedisConnection,
  section: string,
  field: string,
  value: string,
): Promise<string | undefined> {
  const text = await connection.sendCommand("INFO", [section]);
  return new RegExp(`^${field}:(${value})`, "m").exec(String(text))?.[1];
}

/** Where Redis's refusal means that nothing is known; throws `error` if it is none. */
function unknown(error: unknown): undefined {
  if (replyErrorOf(error) === undefined) throw error;
  return undefined;
}
