import type { QueueStats, QueueTotals } from "./queue_stats.ts";

/** What was counted, and when, in milliseconds of any clock. */
export interface Sample {
  stats: QueueStats;
  at: number;
}

/** How much was added to a total between two samples. One that has become smaller was set back, as `clear` does. */
export function growthOf(name: keyof QueueTotals, before: Sample, after: Sample): number {
  const total = after.stats.totals[name];
  const growth = total - before.stats.totals[name];
  return growth >= 0 ? growth : total;
}

/** How much was added to each total in a second. */
export function ratesBetween(before: Sample, after: Sample): QueueTotals {
  const seconds = (after.at - before.at) / 1000;
  const rate = (name: keyof QueueTotals) => growthOf(name, before, after) / seconds;
  return {
    put: rate("put"),
    acked: rate("acked"),
    failed: rate("failed"),
    expired: rate("expired"),
    dead: rate("dead"),
  };
}
