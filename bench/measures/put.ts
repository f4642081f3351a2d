import { check } from "../consume_all.ts";
import { Ledger } from "../ledger.ts";
import type { Measure } from "../measure.ts";
import { PRODUCERS } from "../queues/mod.ts";
import { readLatencies } from "../stopwatch.ts";

export const put: Measure = {
  summary: "one awaited put after another, compared with a PING of the same client",
  queues: PRODUCERS,
  async run({ open, quick }) {
    await using queue = await open();
    const count = quick ? 2_000 : 10_000;
    const warmUp = count / 2;
    const ledger = new Ledger(warmUp + count);
    const puts: number[] = [];
    const pings: number[] = [];
    for (const [i, payload] of ledger.payloads().entries()) {
      let startedAt = performance.now();
      await queue.put(payload);
      if (i >= warmUp) puts.push(performance.now() - startedAt);
      if (queue.ping === undefined) continue;
      startedAt = performance.now();
      await queue.ping();
      if (i >= warmUp) pings.push(performance.now() - startedAt);
    }
    await check(queue, ledger);
    const figure = "awaited put";
    if (pings.length === 0) return readLatencies(figure, puts);
    return [...readLatencies(figure, puts), ...readLatencies(figure, pings, "PING of its client")];
  },
};
