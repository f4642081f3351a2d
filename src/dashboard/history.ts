import { growthOf, ratesBetween, type Sample } from "../queue_rates.ts";
import type { QueueTotals } from "../queue_stats.ts";

/** How far the charts go back. */
export const WINDOW_MS = 300_000;
/** The time between two points of a chart. They are multiples of it, so that a chart moves but does not tremble. */
const STEP_MS = 5_000;
/** The time over which a rate is told in a number. */
const RATE_MS = 10_000;

/** The samples of the last minutes, in milliseconds since the epoch. Where nobody looked there are none, and a rate is the mean over the gap. */
export class History {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
    // One older than the window stays: the first point of a chart lies between it and the next.
    while ((this.#samples[1]?.at ?? Infinity) < sample.at - WINDOW_MS) this.#samples.shift();
  }

  /** How much was added to each total in a second, lately; `undefined` while there is one sample only. */
  rates(): QueueTotals | undefined {
    const last = this.#samples.at(-1);
    const first = this.#samples.findLast(({ at }) => at <= last!.at - RATE_MS) ?? this.#samples[0];
    if (last === undefined || first === undefined || first === last) return undefined;
    return ratesBetween(first, last);
  }

  /** What was added to a total in a second, for each step of the window, oldest first; `undefined` where nothing is known. */
  rateSeries(name: keyof QueueTotals): (number | undefined)[] {
    const grown = this.#grown(name);
    return this.#steps().map((at) => {
      const before = between(grown, at - STEP_MS);
      const after = between(grown, at);
      if (before === undefined || after === undefined) return undefined;
      return (after - before) / (STEP_MS / 1000);
    });
  }

  /** The number of items that waited, at each step of the window. */
  waitingSeries(): (number | undefined)[] {
    const points = this.#samples.map(({ at, stats }) => ({ at, value: stats.waiting }));
    return this.#steps().map((at) => between(points, at));
  }

  #steps(): number[] {
    const last = Math.floor((this.#samples.at(-1)?.at ?? 0) / STEP_MS) * STEP_MS;
    const count = WINDOW_MS / STEP_MS;
    return Array.from({ length: count + 1 }, (_, i) => last - (count - i) * STEP_MS);
  }

  /** A total as if it had never been set back, as `clear` does. */
  #grown(name: keyof QueueTotals): Point[] {
    let value = 0;
    return this.#samples.map((sample, i) => {
      value += growthOf(name, this.#samples[i - 1] ?? sample, sample);
      return { at: sample.at, value };
    });
  }
}

interface Point {
  at: number;
  value: number;
}

/** The value at a time, on the straight line between the points around it. */
function between(points: Point[], at: number): number | undefined {
  const next = points.findIndex((point) => point.at >= at);
  const after = points[next];
  const before = points[next - 1];
  if (after?.at === at) return after.value;
  if (before === undefined || after === undefined) return undefined;
  return before.value + (after.value - before.value) * (at - before.at) / (after.at - before.at);
}
