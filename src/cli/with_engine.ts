import type { QueueEngine } from "../engine/engine.ts";
import { stats } from "../lua/stats.ts";
import { statsOf } from "../queue_stats.ts";
import { report } from "../report.ts";
import type { GivenOptions } from "./command.ts";
import { Progress } from "./io/progress.ts";
import { itemsText } from "./named_items.ts";
import { openEngine } from "./open_queue.ts";
import { reportIfUnknown } from "./queue_texts.ts";

/** What {@linkcode withEngine} runs. `tell` shows how many items are done. */
export type EngineAction = (engine: QueueEngine, tell: (count: number) => void) => Promise<void>;

/** How {@linkcode withEngine} works. */
interface EngineOptions {
  /** Whether the queue may be one that nobody has used yet. Otherwise that is told. */
  isNew?: boolean;
  /** Whether to show no progress. */
  isQuiet?: boolean;
}

/**
 * Runs `action` on the engine of a queue. If it throws the reason of `stop`, for which it looks between two batches, the number of
 * items done is printed.
 */
export async function withEngine(
  given: GivenOptions,
  stop: AbortSignal,
  action: EngineAction,
  { isNew = false, isQuiet = false }: EngineOptions = {},
): Promise<void> {
  const engine = await openEngine(given, stop);
  const progress = !isQuiet && Deno.stderr.isTerminal() ? new Progress("items") : undefined;
  let done = 0;
  try {
    if (!isNew) reportIfUnknown(given, statsOf(await engine.run(stats)));
    await action(engine, (count) => {
      done = count;
      progress?.show(count);
    });
  } catch (error) {
    progress?.end();
    if (error === stop.reason) report(`Stopped after ${itemsText(done)}`);
    throw error;
  } finally {
    progress?.end();
    await engine.close();
  }
}
