import { freePort } from "../../src/cli/private_redis.ts";
import { sleep } from "../loops.ts";
import type { Measure } from "../measure.ts";
import { startRedis } from "../redis.ts";
import { Server } from "../server.ts";
import { consume } from "./consume.ts";
import { produce } from "./produce.ts";

const SLOTS = 16_384;

export const cluster: Measure = {
  summary: "puts and acks in a Redis Cluster whose only node has all slots",
  queues: ["saferedisqueue"],
  async run({ quick, settings }) {
    const { overCluster } = await import("../queues/saferedisqueue.ts");
    await using redis = await startRedis([
      ...settings,
      ...["--cluster-enabled", "yes"],
      // By default 10,000 above the port, which may be too high for a port.
      ...["--cluster-port", String(freePort())],
    ]);
    const { address } = redis;
    using server = await Server.connect(address.port);
    await server.command("CLUSTER", "ADDSLOTS", ...Array(SLOTS).keys());
    while (!await isAtWork(server)) await sleep(10);
    const bench = { address, server, open: () => overCluster.open(address), quick, settings };
    const readings = [
      ...await produce.run({ ...bench, atOnce: 1_000 }),
      ...await consume.run({ ...bench, atOnce: 100 }),
    ];
    return readings.map((reading) => ({ ...reading, of: overCluster.title }));
  },
};

async function isAtWork(server: Server): Promise<boolean> {
  return /cluster_state:ok/.test(String(await server.command("CLUSTER", "INFO")));
}
