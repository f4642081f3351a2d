import { SafeRedisQueue } from "../../mod.ts";
import { payloadOf } from "../ledger.ts";
import { forEachOf, loops } from "../loops.ts";
import type { Measure } from "../measure.ts";
import type { Reading } from "../reading.ts";

/** The highest number of items under way. */
const WIDTH = 500;
const MB = 1e6;

export const soak: Measure = {
  summary: "memory of a process while 10 million items go through it; takes minutes",
  queues: ["saferedisqueue"],
  onRequest: true,
  async run({ address: { port }, quick }) {
    const total = quick ? 500_000 : 10_000_000;
    await using producer = new SafeRedisQueue({ port, name: "soak" });
    await using consumer = new SafeRedisQueue({ port, name: "soak" });
    const readings: Reading[] = [];
    let done = 0;
    const consuming = loops(WIDTH, async () => {
      const [uid] = await consumer.get(1);
      if (uid === null) return done < total;
      await consumer.ack(uid);
      if (++done % (total / 10) === 0) {
        const value = Deno.memoryUsage().rss / MB;
        readings.push({ figure: `memory after ${done / 1e6} million items`, value, unit: "MB" });
      }
      return true;
    });
    await forEachOf(total, WIDTH, (i) => producer.put(payloadOf(i)));
    await consuming;
    return readings;
  },
};
