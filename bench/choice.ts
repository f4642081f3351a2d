import type { Task } from "./measure_one.ts";
import { MEASURES } from "./measures/mod.ts";
import { CONSUMERS, OURS, QUEUE_NAMES } from "./queues/mod.ts";

/** What the command line asks for. */
export interface Choice extends Pick<Task, "quick" | "settings"> {
  /** Names of measures and of queues. Our queue is always measured, since the others are compared with it. */
  names: string[];
  /** How many calls or handlers run at once, in place of the numbers of the measures. */
  atOnce: number[] | undefined;
}

/** The measures of --quick: they show the most in the least time. */
const QUICK = ["produce", "consume", "put", "idle", "memory"];

/** Chooses what to run, in this order. */
export function choose({ names, atOnce, quick, settings }: Choice): Omit<Task, "address">[] {
  const all = Object.keys(MEASURES);
  for (const name of names) {
    if (all.includes(name) || QUEUE_NAMES.some((queue) => queue === name)) continue;
    throw new Error(`${name}: choose from ${all.join(", ")} and ${QUEUE_NAMES.join(", ")}`);
  }
  const namesMeasure = all.some((name) => names.includes(name));
  const namesQueue = QUEUE_NAMES.some((name) => names.includes(name));
  const measures = all.filter((name) => {
    if (namesMeasure) return names.includes(name);
    return quick ? QUICK.includes(name) : !MEASURES[name]!.onRequest;
  });
  return measures.flatMap((measure) => {
    const { atOnce: usual, queues = CONSUMERS } = MEASURES[measure]!;
    const chosen = queues.filter((name) => !namesQueue || name === OURS || names.includes(name));
    return (usual ? atOnce ?? usual : [1]).flatMap((atOnce) =>
      chosen.map((queue) => ({ measure, queue, atOnce, quick, settings }))
    );
  });
}
