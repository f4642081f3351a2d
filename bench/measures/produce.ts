import { check } from "../consume_all.ts";
import { Ledger } from "../ledger.ts";
import { forEachOf } from "../loops.ts";
import type { Measure } from "../measure.ts";
import { PRODUCERS } from "../queues/mod.ts";
import { timeItems } from "../stopwatch.ts";

/** Calls under way at most. */
const UNAWAITED = 1_000;

export const produce: Measure = {
  summary: "puts one by one, up to 1,000 of them un-awaited",
  queues: PRODUCERS,
  async run({ open, server, quick }) {
    await using queue = await open();
    const items = quick ? 20_000 : 100_000;
    const warmUp = items / 5;
    const ledger = new Ledger(warmUp + items);
    const payloads = ledger.payloads();
    const put = (from: number, to: number) =>
      forEachOf(to - from, UNAWAITED, (i) => queue.put(payloads[from + i]!));

    await put(0, warmUp);
    const reading = await timeItems(server, {
      figure: "put, un-awaited",
      items,
      work: () => put(warmUp, payloads.length),
    });
    await check(queue, ledger);
    return [reading];
  },
};
