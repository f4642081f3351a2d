import { check, consumeAll } from "../consume_all.ts";
import { formatNumber } from "../format_number.ts";
import { Ledger } from "../ledger.ts";
import { fill, itemCount, type Measure } from "../measure.ts";
import { timeItems } from "../stopwatch.ts";

export const consume: Measure = {
  summary: "a handler that does nothing, 1, 10 and 100 items at a time, each item acked",
  atOnce: [1, 10, 100],
  async run(bench) {
    const { open, server, atOnce } = bench;
    await using queue = await open();
    const items = itemCount(bench);
    const warmUp = new Ledger(Math.round(items / 5));
    await fill(queue, warmUp.payloads());
    await check(queue, warmUp, atOnce);

    const ledger = new Ledger(items);
    await fill(queue, ledger.payloads());
    const timed = (work: () => Promise<void>) =>
      timeItems(server, { figure: `handle and ack, ${formatNumber(atOnce)} at once`, items, work });
    return [await consumeAll(queue, ledger, timed, atOnce)];
  },
};
