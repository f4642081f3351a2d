import { ratesBetween, type Sample } from "../queue_rates.ts";
import type { QueueTotals } from "../queue_stats.ts";

/** How much was added to each total in a second since the sample `before`, to a tenth; `null` if that is the first. */
export function ratesOf(sample: Sample, before: Sample | undefined): QueueTotals | null {
  if (before === undefined) return null;
  const { put, acked, failed, expired, dead } = ratesBetween(before, sample);
  const rounded = (rate: number) => Number(rate.toFixed(1));
  return {
    put: rounded(put),
    acked: rounded(acked),
    failed: rounded(failed),
    expired: rounded(expired),
    dead: rounded(dead),
  };
}
