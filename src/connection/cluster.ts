import { ConnectionFailure } from "./connection_failure.ts";
import type { ClusterOptions, ConnectionOptions } from "./connection_options.ts";
import { openDbRedis } from "./db_redis.ts";
import { type Address, KnownNodes } from "./known_nodes.ts";
import type { OpenConnection, RedisConnection, RedisReply } from "./redis_connection.ts";
import { ReplyError } from "./reply_errors.ts";
import { openingFailure } from "./safe_errors.ts";
import type { Secrets } from "./secrets.ts";

type SlotRange = [first: number, last: number, ...nodes: [hostname: string | null, port: number][]];

/**
 * Connects to the node of a cluster that has the slot of `key`. All keys of a queue share a slot, so one
 * connection is enough. When the slot moves, or another node becomes its master, the connection breaks or
 * Redis answers MOVED. The supervised connection then opens the next one, which looks for the node again.
 *
 * Protocol: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
export function clusterOpener(
  options: ConnectionOptions,
  cluster: ClusterOptions,
  key: string,
  secrets: Secrets,
): OpenConnection {
  const nodes = new KnownNodes({
    nodes: cluster.nodes,
    defaultPort: 6379,
    connection: options,
    secrets,
    ask: async (connection, asked) => {
      const slot = Number(await connection.sendCommand("CLUSTER", ["KEYSLOT", key]));
      const ranges = await connection.sendCommand("CLUSTER", ["SLOTS"]) as SlotRange[];
      // A node that does not know its own name leaves it empty.
      const serversOf = ([, , ...servers]: SlotRange): Address[] =>
        servers.map(([hostname, port]) => ({ hostname: hostname || asked.hostname, port }));
      nodes.learn(ranges.flatMap(serversOf));
      const range = ranges.find(([first, last]) => first <= slot && slot <= last);
      const [master] = range === undefined ? [] : serversOf(range);
      if (master === undefined) throw new ConnectionFailure(`no node has the slot ${slot}`);
      return master;
    },
    openMaster: async (address, abandoned) => {
      const connection = await openDbRedis({ ...options, ...address }, abandoned);
      try {
        await askForSlot(connection, key, secrets);
      } catch (error) {
        await connection.close();
        throw error;
      }
      return connection;
    },
  });
  return (abandoned) => nodes.openMaster(abandoned);
}

/**
 * Asks the node itself whether it has the slot of `key`: the node that named it may not know of a failover
 * yet.
 */
async function askForSlot(
  connection: RedisConnection,
  key: string,
  secrets: Secrets,
): Promise<RedisReply> {
  try {
    return await connection.sendCommand("EVAL", ["return 1", 1, key]);
  } catch (error) {
    const failure = openingFailure(error, secrets);
    // It still has the slot, which is moving to another node.
    if (failure instanceof ReplyError && failure.code === "ASK") return null;
    throw failure;
  }
}
