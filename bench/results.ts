import type { Outcome } from "./measure_one.ts";
import { OURS, type QueueName } from "./queues/mod.ts";
import { moreIsBetter, type Reading, type Unit } from "./reading.ts";

/** One figure of one queue, over all runs. */
export interface Row {
  figure: string;
  /** What it is a figure of, as printed: the queue, or a PING of its client. */
  of: string;
  unit: Unit;
  median: number;
  min: number;
  max: number;
  /** How many times better our queue is; `undefined` for our queue itself, and if it has no such figure. */
  oursIs: number | undefined;
  /** Medians, in microseconds per item. */
  clientMicros: number | undefined;
  serverMicros: number | undefined;
}

/** All that a benchmark tells. */
export interface Report {
  /** The machine and the versions. */
  environment: string;
  /** Whether Redis had an append-only file. */
  persistence: boolean;
  runs: number;
  rows: Row[];
}

/** What the figures of a report are. */
export function describeFigures({ environment, runs }: Report): string {
  return `Medians of ${
    runs === 1 ? "one run" : `${runs} runs`
  } in which the queues took turns, on ${environment}`;
}

interface Entry {
  of: string;
  isOurs: boolean;
  readings: Reading[];
}

/** Gathers the readings of all runs. */
export class Results {
  readonly #figures = new Map<string, Map<string, Entry>>();

  add(queue: QueueName, { title, readings }: Outcome): void {
    for (const reading of readings) {
      const { figure } = reading;
      const of = reading.of ?? title;
      // With the queue's name, since two queues may have a PING of their client.
      const key = `${queue} ${of}`;
      const entries = this.#figures.get(figure) ?? new Map<string, Entry>();
      this.#figures.set(figure, entries);
      const isOurs = queue === OURS && reading.of === undefined;
      const entry = entries.get(key) ?? { of, isOurs, readings: [] };
      entries.set(key, entry);
      entry.readings.push(reading);
    }
  }

  /** The rows of each figure, in the order in which they were added. */
  rows(): Row[] {
    return [...this.#figures].flatMap(([figure, entries]) => {
      const ours = [...entries.values()].find(({ isOurs }) => isOurs);
      const best = ours && median(ours.readings.map(({ value }) => value));
      return Array.from(entries.values(), (entry) => rowOf(figure, entry, best));
    });
  }
}

function rowOf(figure: string, { of, isOurs, readings }: Entry, ours: number | undefined): Row {
  const values = readings.map(({ value }) => value);
  const { unit } = readings[0]!;
  const mid = median(values)!;
  return {
    figure,
    of,
    unit,
    median: mid,
    min: Math.min(...values),
    max: Math.max(...values),
    oursIs: ours === undefined || isOurs ? undefined : moreIsBetter(unit) ? ours / mid : mid / ours,
    clientMicros: median(readings.map(({ clientMicros }) => clientMicros)),
    serverMicros: median(readings.map(({ serverMicros }) => serverMicros)),
  };
}

function median(values: (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle];
  return sorted.length === 0 ? undefined : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
