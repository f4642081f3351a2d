import { createCluster } from "@redis/client";
import type { ConnectionOptions, NodeAddress } from "./connection_options.ts";
import { BYTES, nodeClientOptions, toNodeArgument } from "./node_redis.ts";
import type { RedisConnection, RedisReply } from "./redis_connection.ts";

/**
 * Opens a connection to a cluster with `@redis/client`. All keys of a queue share a slot, so every command goes to the
 * node of `key`, those without a key included.
 */
export async function openNodeRedisCluster(
  options: ConnectionOptions,
  nodes: NodeAddress[],
  key: string,
  abandoned: AbortSignal,
): Promise<RedisConnection> {
  const defaults = nodeClientOptions(options);
  const cluster = createCluster({
    RESP: 2,
    rootNodes: nodes.map(({ hostname, port = 6379 }) => ({
      ...defaults,
      socket: { ...defaults.socket, host: hostname, port },
    })),
    defaults,
    // Only the node of this queue's slot is talked to.
    minimizeConnections: true,
  });
  const destroy = () => {
    if (cluster.isOpen) cluster.destroy();
  };
  // Without listeners an "error" event would end the process; the command under way rejects with it anyway.
  cluster.on("error", () => {});
  cluster.on("node-error", () => {});
  abandoned.addEventListener("abort", destroy);
  await cluster.connect();
  return {
    sendCommand(command, args, { returnUint8Arrays = false } = {}): Promise<RedisReply> {
      return cluster.sendCommand<RedisReply>(
        key,
        false,
        [command, ...args.map(toNodeArgument)],
        returnUint8Arrays ? BYTES : {},
      );
    },
    close: destroy,
  };
}
