import { createLazyClient } from "@db/redis";
import { bytes, SafeRedisQueue } from "../../mod.ts";
import { forEachOf } from "../loops.ts";
import type { Measure } from "../measure.ts";
import type { Reading } from "../reading.ts";

const KIB = 1_024;
const SIZES = { "1 KiB": KIB, "64 KiB": 64 * KIB, "1 MiB": KIB * KIB };
const MB = 1e6;
/** The highest number of calls under way. */
const UNAWAITED = 64;

export const payloads: Measure = {
  summary: "payloads of 1 KiB, 64 KiB and 1 MiB, compared with SET and GET of the same client",
  queues: ["saferedisqueue"],
  async run({ address: { port }, server, quick }) {
    await using queue = new SafeRedisQueue({ port, name: "payloads", serializer: bytes });
    const client = createLazyClient({ hostname: "127.0.0.1", port, noDelay: true });
    await client.connect();
    const readings: Reading[] = [];
    for (const [name, size] of Object.entries(SIZES)) {
      const payload = new Uint8Array(size).fill(7);
      const count = Math.ceil((quick ? 20 : 200) * MB / Math.max(size, 10 * KIB));
      const time = async (figure: string, work: (i: number) => Promise<unknown>, of?: string) => {
        const startedAt = performance.now();
        await forEachOf(count, UNAWAITED, work);
        const seconds = (performance.now() - startedAt) / 1_000;
        readings.push({
          figure: `${figure}, ${name}`,
          ...(of === undefined ? {} : { of }),
          value: count * size / MB / seconds,
          unit: "MB/s",
        });
      };
      await time("put", () => queue.put(payload));
      await time(
        "put",
        (i) => client.sendCommand("SET", [`set:${i}`, payload]),
        "SET of its client",
      );
      await time("get and ack", async () => {
        const [uid, received] = await queue.get(-1);
        if (received?.length !== size) throw new Error("An item is missing or incomplete");
        await queue.ack(uid!);
      });
      const asBytes = { returnUint8Arrays: true };
      await time(
        "get and ack",
        (i) => client.sendCommand("GET", [`set:${i}`], asBytes),
        "GET of its client",
      );
      if (await queue.size() + await queue.inFlight() !== 0) throw new Error("Items are left");
      await server.command("FLUSHALL");
    }
    client.close();
    return readings;
  },
};
