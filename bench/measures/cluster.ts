import { freePort, startPrivateRedis } from "../../src/cli/private_redis.ts";
import { sleep } from "../loops.ts";
import type { Measure } from "../measure.ts";
import type { Reading } from "../reading.ts";
import { Server } from "../server.ts";
import { consume } from "./consume.ts";
import { produce } from "./produce.ts";

const SLOTS = 16_384;

export const cluster: Measure = {
  summary: "puts and acks in a Redis Cluster whose only node has all slots",
  queues: ["saferedisqueue"],
  async run({ quick }) {
    const { overCluster } = await import("../queues/saferedisqueue.ts");
    const directory = await Deno.makeTempDir();
    try {
      await using redis = await startPrivateRedis([
        ...["--cluster-enabled", "yes", "--dir", directory],
        // By default 10,000 above the port, which may be too high for a port.
        ...["--cluster-port", String(freePort())],
      ]);
      const address = { port: redis!.port, socket: "" };
      using server = new Server(redis!.port);
      await server.command("CLUSTER", "ADDSLOTS", ...Array(SLOTS).keys());
      while (!await isAtWork(server)) await sleep(10);
      const bench = { address, server, open: () => overCluster.open(address), quick };
      const readings: Reading[] = [];
      for (const measure of [produce, consume]) readings.push(...await measure.run(bench));
      return readings.map((reading) => ({ ...reading, of: overCluster.title }));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
};

async function isAtWork(server: Server): Promise<boolean> {
  return /cluster_state:ok/.test(String(await server.command("CLUSTER", "INFO")));
}
