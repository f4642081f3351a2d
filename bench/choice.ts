import { MEASURES } from "./measures/mod.ts";
import { OURS, QUEUE_NAMES, type QueueName } from "./queues/mod.ts";

/** What to measure, for which queues. */
interface Choice {
  measures: string[];
  queues: QueueName[];
}

/** The measures of --quick: they show the most in the least time. */
const QUICK = ["produce", "consume", "put", "idle", "memory"];

/** Chooses what to measure. `only` has names of measures and of queues, from --only. Our queue is always measured. */
export function choose(only: string[], quick: boolean): Choice {
  const names = Object.keys(MEASURES);
  for (const name of only) {
    if (names.includes(name) || QUEUE_NAMES.some((queue) => queue === name)) continue;
    throw new Error(
      `--only ${name}: choose from ${names.join(", ")} and ${QUEUE_NAMES.join(", ")}`,
    );
  }
  const measures = names.filter((name) => only.includes(name));
  const queues = QUEUE_NAMES.filter((name) => only.includes(name));
  const usual = names.filter((name) => quick ? QUICK.includes(name) : !MEASURES[name]!.onRequest);
  return {
    measures: measures.length > 0 ? measures : usual,
    queues: queues.length > 0 ? [...new Set([OURS, ...queues])] : QUEUE_NAMES,
  };
}
