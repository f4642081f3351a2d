import { ConnectionFailure } from "./connection_failure.ts";
import type { ConnectionOptions, SentinelOptions } from "./connection_options.ts";
import { openDbRedis } from "./db_redis.ts";
import { KnownNodes } from "./known_nodes.ts";
import type { OpenConnection } from "./redis_connection.ts";
import type { Secrets } from "./secrets.ts";

/**
 * Connects to the master that the Sentinels name. After a failover the connection breaks, or Redis answers
 * READONLY. The supervised connection then opens the next one, which asks the Sentinels again.
 *
 * Protocol: https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
export function sentinelOpener(
  options: ConnectionOptions,
  sentinel: SentinelOptions,
  secrets: Secrets,
): OpenConnection {
  const { tls, caCerts } = options;
  const { name, username, password } = sentinel;
  const sentinels = new KnownNodes({
    nodes: sentinel.nodes,
    defaultPort: 26379,
    connection: { tls, caCerts, username, password },
    secrets,
    ask: async (connection) => {
      const reply = await connection.sendCommand("SENTINEL", ["GET-MASTER-ADDR-BY-NAME", name]);
      if (!Array.isArray(reply)) throw new ConnectionFailure(`it knows no master called ${name}`);
      return { hostname: String(reply[0]), port: Number(reply[1]) };
    },
    openMaster: async (address, abandoned) => {
      const connection = await openDbRedis({ ...options, ...address }, abandoned);
      const [role] = await connection.sendCommand("ROLE", []) as [string];
      if (role === "master") return connection;
      await connection.close();
      const named = `${secrets.hideIn(address.hostname)}:${address.port}`;
      throw new ConnectionFailure(`${named} is not a master at present`);
    },
  });
  return (abandoned) => sentinels.openMaster(abandoned);
}
