import { check } from "../consume_all.ts";
import { Ledger } from "../ledger.ts";
import { fill, type Measure } from "../measure.ts";
import { timeItems } from "../stopwatch.ts";

export const bulk: Measure = {
  summary: "puts with one call for 1,000 items",
  queues: ["saferedisqueue", "saferedisqueue-unix", "bullmq", "bee-queue", "streams"],
  async run({ open, server, quick }) {
    await using queue = await open();
    const items = quick ? 20_000 : 100_000;
    const warmUp = items / 5;
    const ledger = new Ledger(warmUp + items);
    const payloads = ledger.payloads();

    await fill(queue, payloads.slice(0, warmUp));
    const reading = await timeItems(server, {
      figure: "put, 1,000 a call",
      items,
      work: () => fill(queue, payloads.slice(warmUp)),
    });
    await check(queue, ledger);
    return [reading];
  },
};
