import { forEachOf } from "../loops.ts";
import type { Measure } from "../measure.ts";
import { PRODUCERS } from "../queues/mod.ts";
import { timePuts } from "../time_puts.ts";

/** The highest number of calls under way. */
const UNAWAITED = 1_000;

export const produce: Measure = {
  summary: "puts one by one, up to 1,000 of them un-awaited",
  queues: PRODUCERS,
  run: (bench) =>
    timePuts(
      bench,
      "put, un-awaited",
      (queue, payloads) => forEachOf(payloads.length, UNAWAITED, (i) => queue.put(payloads[i]!)),
    ),
};
