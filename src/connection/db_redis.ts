import { createLazyClient } from "@db/redis";
import type { ConnectionOptions } from "./connection_options.ts";
import type { RedisConnection } from "./redis_connection.ts";

/** Opens one connection with `@db/redis`. */
export async function openDbRedis(
  options: ConnectionOptions & { hostname: string },
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const { signal = () => abandoned, cluster: _, sentinel: __, ...rest } = options;
  const redis = createLazyClient({
    noDelay: true,
    // Whoever supervises the connection has to see at once that it broke: no hidden retries.
    maxRetryCount: 0,
    ...definedOnly(rest),
    hostname: options.hostname,
    signal: () => AbortSignal.any([abandoned, signal()]),
  });
  abandoned.addEventListener("abort", () => {
    try {
      redis.close();
    } catch {
      // It was not open yet, and its signal keeps it from opening.
    }
  });
  await redis.sendCommand("PING");
  return redis;
}

/** Without the options that are `undefined`: the client would take them for values. */
function definedOnly<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
