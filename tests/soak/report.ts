import type { Reckoning } from "./reckoning.ts";

/** What a soak has seen. */
export interface Outcome extends Omit<Reckoning, "undone"> {
  minutes: number;
  /** Seconds from the last fault until all items were handled, or nobody waited any more. */
  settledIn: number;
  /** Items whose put resolved, that no consumer has done, and that are not in Redis. */
  lost: string[];
  /** Items that are in Redis at the end, with their state. */
  stuck: string[];
  /** Keys that are left in Redis at the end. */
  strays: string[];
  /** Faults made, by kind. */
  faults: Record<string, number>;
  /** Processes that ended, or stopped working, and were not told to. */
  crashes: string[];
}

/** What must not happen, by what the report calls it. */
const WRONGS = {
  lost: "lost",
  stuck: "stuck",
  strays: "strays left in Redis",
  early: "taken too early",
  disordered: "out of the order of their key",
  doubled: "given to a second handler of one process",
  excessive: "delivered more often than maxAttempts allows",
  crashes: "processes that broke down",
} as const satisfies Partial<Record<keyof Outcome, string>>;

const wrongs = Object.entries(WRONGS) as [keyof typeof WRONGS, string][];

/** Of each kind the report shows so many. */
const MOST_SHOWN = 10;

/** Whether nothing went wrong. */
export function isSound(outcome: Outcome): boolean {
  return wrongs.every(([kind]) => outcome[kind].length === 0);
}

/** The outcome for people. */
export function report(outcome: Outcome): string {
  const { again, faults } = outcome;
  const lines = [
    `A soak of ${outcome.minutes} minutes`,
    line("put", outcome.put),
    line("done", outcome.done),
    line("put in doubt: its answer was lost", outcome.doubtful),
    line("dead letters queued again", outcome.revived),
    line("delivered more than once", sum(again)),
    ...Object.entries(again).toSorted().map(([cause, count]) => line(`  ${cause}`, count)),
    line("seconds from the last fault until all was done", Math.round(outcome.settledIn)),
    ...wrongs.flatMap(([kind, label]) => [
      line(label, outcome[kind].length),
      ...outcome[kind].slice(0, MOST_SHOWN).map((shown) => `  ${shown}`),
    ]),
    line("faults", sum(faults)),
    ...Object.entries(faults).toSorted().map(([kind, count]) => line(`  ${kind}`, count)),
  ];
  return lines.join("\n");
}

function line(label: string, count: number): string {
  return `${label.padEnd(65)}${count.toLocaleString("en").padStart(12)}`;
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
