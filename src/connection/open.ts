import { clusterOpener } from "./cluster.ts";
import type { ConnectionOptions, NodeAddress } from "./connection_options.ts";
import { openDbRedis } from "./db_redis.ts";
import { type OpenSafeConnection, safeOpener } from "./safe_connection.ts";
import { Secrets } from "./secrets.ts";
import { sentinelOpener } from "./sentinel.ts";

/** How to open a connection. */
export interface Opener {
  open: OpenSafeConnection;
  /** Where it leads, for error texts. */
  address: string;
  /** The one server that it leads to: a host, or the path of a socket. */
  server?: NodeAddress;
}

/**
 * Returns how to connect with these options. `@db/redis` cannot use unix sockets: for them `@redis/client` is
 * loaded, only when it is needed.
 *
 * @param key A key of the queue, which determines the node of a cluster.
 */
export function openerOf(options: ConnectionOptions & { path?: string }, key: string): Opener {
  const { path, cluster, sentinel } = options;
  const secrets = secretsOf(options);
  if (path !== undefined) {
    return {
      address: path,
      server: { hostname: path },
      open: safeOpener(async (signal) => {
        const { openUnixSocket } = await import("./unix_socket.ts");
        return await openUnixSocket({ ...options, path }, signal);
      }, secrets),
    };
  }
  if (cluster !== undefined) {
    return {
      address: `the cluster of ${cluster.nodes.map((node) => textOf(node, 6379)).join(", ")}`,
      open: safeOpener(clusterOpener(options, cluster, key, secrets), secrets),
    };
  }
  if (sentinel !== undefined) {
    return {
      address: `the master ${sentinel.name} of the Sentinels ${
        sentinel.nodes.map((node) => textOf(node, 26379)).join(", ")
      }`,
      open: safeOpener(sentinelOpener(options, sentinel, secrets), secrets),
    };
  }
  const { hostname = "127.0.0.1", port = 6379 } = options;
  return {
    address: textOf({ hostname, port: Number(port) }, 6379),
    server: { hostname, port: Number(port) },
    open: safeOpener((signal) => openDbRedis({ ...options, hostname, port }, signal), secrets),
  };
}

/** The passwords in the options. */
export function secretsOf({ password, sentinel }: ConnectionOptions): Secrets {
  return new Secrets([password, sentinel?.password]);
}

function textOf({ hostname, port }: NodeAddress, defaultPort: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port ?? defaultPort}`;
}
