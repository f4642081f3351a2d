import type { QueueStats } from "../queue_stats.ts";
import { report } from "../report.ts";
import type { DrainResult } from "../worker/work_options.ts";
import type { GivenOptions } from "./command.ts";
import { CommandError, IS_PAUSED, SOME_FAILED } from "./errors.ts";
import { pausedText, reportIfUnknown } from "./queue_texts.ts";

/**
 * Says on one line what a drain did; throws if items have failed and are not done, or if the queue is paused.
 *
 * @param stats What is left; `undefined` if the drain was stopped.
 */
export function tellDrained(
  given: GivenOptions,
  { acked, failed, dead, ended }: DrainResult,
  stats: QueueStats | undefined,
): void {
  const { waiting = 0, delayed = 0 } = stats ?? {};
  const text = `${acked} acked, ${failed} failed, ${dead} dead` +
    (stats === undefined ? "" : `, ${delayed} still delayed`);
  const idle = acked + failed + dead + delayed === 0;
  if (ended === "paused") {
    const paused = pausedText(given, waiting);
    throw new CommandError(idle ? paused : `${text}. ${paused}`, IS_PAUSED);
  }
  // What failed and neither waits nor is delayed was done at a later attempt.
  const undone = dead > 0 || (failed > 0 && waiting + delayed > 0);
  if (undone && stats !== undefined) throw new CommandError(text, SOME_FAILED);
  if (!idle) report(text);
  else if (stats !== undefined) reportIfUnknown(given, stats);
}

/** Throws if a worker that ended by itself has seen runs that failed. */
export function tellFailed({ begun, failed }: { begun: number; failed: number }): void {
  if (failed === 0) return;
  throw new CommandError(`${failed} of ${begun} runs failed`, SOME_FAILED);
}
