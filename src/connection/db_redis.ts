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
    // No hidden retries: the supervised connection must see at once that this one broke.
    maxRetryCount: 0,
    ...definedOnly(rest),
    hostname: options.hostname,
    signal: () => AbortSignal.any([abandoned, signal()]),
  });
  abandoned.addEventListener("abort", () => {
    try {
      redis.close();
    } catch {
      // It is not open yet, and its signal keeps it from opening.
    }
  });
  await redis.sendCommand("PING");
  const pipeline = redis.pipeline();
  return {
    sendCommand: (command, args, options) => redis.sendCommand(command, args, options),
    sendCommands(commands) {
      for (const { command, args, ...options } of commands) {
        pipeline.sendCommand(command, args, options);
      }
      return pipeline.flush();
    },
    close: () => redis.close(),
  };
}

/** Leaves out the options that are `undefined`: the client would use them as values. */
function definedOnly<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
