import type { Measure } from "../measure.ts";
import { OrderLedger } from "../order_ledger.ts";
import { IN_ORDER, OURS } from "../queues/mod.ts";
import { timeConsume } from "../time_consume.ts";

export const order: Measure = {
  summary: "the same with order keys, beside our queue without them; the order is checked",
  queues: [OURS, ...IN_ORDER],
  atOnce: [1, 10, 100],
  run: (bench) => timeConsume(bench, "handle in order", OrderLedger),
};
