import type { QueueStats } from "../queue_stats.ts";
import { report } from "../report.ts";
import type { GivenOptions } from "./command.ts";
import { nameOf } from "./open_queue.ts";

/** Says why a consumer of a paused queue gets nothing. */
export function pausedText(given: GivenOptions, waiting: number): string {
  return `The queue ${JSON.stringify(nameOf(given))} is paused, with ${waiting} waiting: ` +
    "no consumer gets an item until resume";
}

/** Says so if Redis holds nothing under the queue's name, which may be mistyped. */
export function reportIfUnknown(given: GivenOptions, stats: QueueStats): void {
  const { waiting, delayed, inFlight, dead, consumers, paused, totals } = stats;
  const counts = [waiting, delayed, inFlight, dead, consumers, ...Object.values(totals)];
  if (paused || counts.some((count) => count > 0)) return;
  report(`There is no queue ${JSON.stringify(nameOf(given))}: Redis holds nothing under this name`);
}
