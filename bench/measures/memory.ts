import { Ledger } from "../ledger.ts";
import { fill, type Measure } from "../measure.ts";
import { PRODUCERS } from "../queues/mod.ts";
import type { Reading } from "../reading.ts";

export const memory: Measure = {
  summary: "bytes of Redis's memory per item, 100 of them for the payload",
  queues: PRODUCERS,
  async run({ open, server, quick }) {
    await using queue = await open();
    const count = quick ? 20_000 : 100_000;
    const empty = await server.memory();
    await fill(queue, new Ledger(count).payloads());
    const perItem = async () => (await server.memory() - empty) / count;
    const readings: Reading[] = [
      { figure: "memory, waiting", value: await perItem(), unit: "bytes" },
    ];
    if (queue.take !== undefined) {
      await queue.take(count);
      readings.push({ figure: "memory, in flight", value: await perItem(), unit: "bytes" });
    }
    return readings;
  },
};
