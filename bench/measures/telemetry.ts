import { formatNumber } from "../format_number.ts";
import { forEachOf } from "../loops.ts";
import type { Measure } from "../measure.ts";
import { OURS } from "../queues/mod.ts";
import { timeConsume } from "../time_consume.ts";
import { timePuts } from "../time_puts.ts";

export const telemetry: Measure = {
  summary: "puts and handlers with OpenTelemetry, sampled and not, beside our queue without it",
  queues: [OURS, "saferedisqueue-traced", "saferedisqueue-unsampled"],
  atOnce: [1, 100],
  onRequest: true,
  async run(bench) {
    const { atOnce } = bench;
    const puts = await timePuts(
      bench,
      `put, ${formatNumber(atOnce)} at once`,
      (queue, payloads) => forEachOf(payloads.length, atOnce, (i) => queue.put(payloads[i]!)),
    );
    return [...puts, ...await timeConsume(bench, "handle and ack")];
  },
};
