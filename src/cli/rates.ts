import type { QueueStats, QueueTotals } from "../queue_stats.ts";

/** What was counted, and when, as `performance.now()` counts. */
export interface Sample {
  stats: QueueStats;
  at: number;
}

/** How much was added to each total in a second since the sample `before`; `null` if that is the first. */
export function ratesOf({ stats, at }: Sample, before: Sample | undefined): QueueTotals | null {
  if (before === undefined) return null;
  const seconds = (at - before.at) / 1000;
  const rate = (name: keyof QueueTotals) =>
    Number(((stats.totals[name] - before.stats.totals[name]) / seconds).toFixed(1));
  return {
    put: rate("put"),
    acked: rate("acked"),
    failed: rate("failed"),
    expired: rate("expired"),
    dead: rate("dead"),
  };
}
