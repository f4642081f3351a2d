import { formatNumber } from "../format_number.ts";
import { forEachOf } from "../loops.ts";
import type { Measure } from "../measure.ts";
import { PRODUCERS } from "../queues/mod.ts";
import { timePuts } from "../time_puts.ts";

export const produce: Measure = {
  summary: "puts one by one: awaited, and up to 10 and 1,000 of them un-awaited",
  queues: PRODUCERS,
  atOnce: [1, 10, 1_000],
  run: (bench) =>
    timePuts(
      bench,
      `put, ${formatNumber(bench.atOnce)} at once`,
      (queue, payloads) => forEachOf(payloads.length, bench.atOnce, (i) => queue.put(payloads[i]!)),
    ),
};
