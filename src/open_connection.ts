import { createLazyClient } from "@db/redis";
import type { OpenConnection, RedisConnection } from "./redis_connection.ts";

/** Options of the connection to Redis; those of `@db/redis`, whose client gets them as they are. */
export interface ConnectionOptions {
  /** Host name or address of Redis. Default: "127.0.0.1". */
  hostname?: string | undefined;
  /** Port of Redis. Default: 6379. */
  port?: number | string | undefined;
  /** Number of the database. Default: 0. */
  db?: number | undefined;
  /** ACL user. Default: Redis's user "default". */
  username?: string | undefined;
  /** Password of the user. */
  password?: string | undefined;
  /** Whether to connect by TLS. Default: false. */
  tls?: boolean | undefined;
  /** Root certificates (PEM) to trust beside the system's; implies `tls`. */
  caCerts?: string[] | undefined;
  /** Whether to send small packets at once. Default: true. */
  noDelay?: boolean | undefined;
  /**
   * How often the client under the queue tries again by itself. Default: 0, since the queue replaces a broken client,
   * for as long as it lives.
   */
  maxRetryCount?: number | undefined;
  /** Milliseconds between the client's own attempts, by their number; matters only with `maxRetryCount`. */
  backoff?: ((attempts: number) => number) | undefined;
  /** Milliseconds between PINGs of the client. Default: none, since the queue notices a silent connection by itself. */
  healthCheckInterval?: number | undefined;
  /** Returns a signal that ends an attempt to connect; one such attempt never takes longer than 5 s. */
  signal?: (() => AbortSignal) | undefined;
}

/** A function that opens connections, and where they lead, for error texts. */
export interface Opener {
  open: OpenConnection;
  address: string;
}

/** How to connect as `options` say: with `@db/redis`, or with `@redis/client` where that can't. */
export function openerOf(options: ConnectionOptions & { path?: string }): Opener {
  const { path } = options;
  if (path !== undefined) {
    return {
      address: path,
      open: async (signal) => {
        const { openNodeRedis } = await import("./node_redis.ts");
        return await openNodeRedis({ ...options, path }, signal);
      },
    };
  }
  const { hostname = "127.0.0.1", port = 6379 } = options;
  return {
    address: hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`,
    open: (signal) => openTcp({ ...options, hostname, port }, signal),
  };
}

async function openTcp(
  options: ConnectionOptions & { hostname: string },
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const { signal = () => abandoned, ...rest } = options;
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
