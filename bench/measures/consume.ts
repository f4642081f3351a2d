import { check, CONCURRENCY, consumeAll } from "../consume_all.ts";
import { Ledger } from "../ledger.ts";
import { fill, type Measure } from "../measure.ts";
import { timeItems } from "../stopwatch.ts";

export const consume: Measure = {
  summary: `a handler that does nothing, ${CONCURRENCY} items at a time, each item acked`,
  async run({ open, server, quick }) {
    await using queue = await open();
    const items = quick ? 20_000 : 100_000;
    const warmUp = new Ledger(items / 5);
    await fill(queue, warmUp.payloads());
    await check(queue, warmUp);

    const ledger = new Ledger(items);
    await fill(queue, ledger.payloads());
    const timed = (work: () => Promise<void>) =>
      timeItems(server, { figure: "handle and ack", items, work });
    return [await consumeAll(queue, ledger, timed)];
  },
};
