import { clusterOpener } from "./cluster.ts";
import type { ConnectionOptions, NodeAddress } from "./connection_options.ts";
import { openDbRedis } from "./db_redis.ts";
import type { OpenConnection } from "./redis_connection.ts";
import { sentinelOpener } from "./sentinel.ts";

/** A function that opens connections, and where they lead, for error texts. */
export interface Opener {
  open: OpenConnection;
  address: string;
}

/**
 * How to connect as `options` say: with `@db/redis`, or to a unix socket, where that can't, with `@redis/client`, loaded
 * on demand.
 *
 * @param key A key of the queue: in a cluster it tells the node.
 */
export function openerOf(options: ConnectionOptions & { path?: string }, key: string): Opener {
  const { path, cluster, sentinel } = options;
  if (path !== undefined) {
    return {
      address: path,
      open: async (signal) => {
        const { openNodeRedis } = await import("./node_redis.ts");
        return await openNodeRedis({ ...options, path }, signal);
      },
    };
  }
  if (cluster !== undefined) {
    return {
      address: `the cluster of ${cluster.nodes.map((node) => textOf(node, 6379)).join(", ")}`,
      open: clusterOpener(options, cluster, key),
    };
  }
  if (sentinel !== undefined) {
    return {
      address: `the master ${sentinel.name} of the Sentinels ${
        sentinel.nodes.map((node) => textOf(node, 26379)).join(", ")
      }`,
      open: sentinelOpener(options, sentinel),
    };
  }
  const { hostname = "127.0.0.1", port = 6379 } = options;
  return {
    address: textOf({ hostname, port: Number(port) }, 6379),
    open: (signal) => openDbRedis({ ...options, hostname, port }, signal),
  };
}

function textOf({ hostname, port }: NodeAddress, defaultPort: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port ?? defaultPort}`;
}
