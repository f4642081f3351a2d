import type { Measure } from "../measure.ts";
import { timeConsume } from "../time_consume.ts";

export const consume: Measure = {
  summary: "a handler that does nothing, 1, 10 and 100 items at a time, each item acked",
  atOnce: [1, 10, 100],
  run: (bench) => timeConsume(bench, "handle and ack"),
};
