// Producers and consumers at work for minutes, a fault every few seconds, and a reckoning at the end: nothing may be lost.
import { parseArgs } from "@std/cli/parse-args";
import { until } from "../helpers/until.ts";
import { FAULTS } from "./faults.ts";
import { reckon, type Reckoning } from "./ledger.ts";
import { pause, Scene } from "./scene.ts";

/** What a soak has seen. */
export interface Outcome extends Reckoning {
  minutes: number;
  /** Keys that are left in Redis when all is done. */
  strays: string[];
  /** Faults made, by kind. */
  faults: Record<string, number>;
  /** Processes that ended, or stopped working, and were not told to. */
  crashes: string[];
}

/** Most milliseconds from the moment when all work again to the next fault. */
const CALM_MS = 2_000;

/** Makes faults for `minutes`, then lets all be done and looks for what is missing. */
export async function soak(minutes: number): Promise<Outcome> {
  await using scene = await Scene.start();
  const faults: Record<string, number> = {};
  const endsAt = performance.now() + minutes * 60_000;
  const goesOn = () => performance.now() < endsAt && scene.crashes.length === 0;
  while (goesOn()) {
    for (const kind of shuffled(Object.keys(FAULTS))) {
      await pause(Math.random() * CALM_MS);
      if (!goesOn()) break;
      await FAULTS[kind]!(scene);
      faults[kind] = (faults[kind] ?? 0) + 1;
      await scene.allAreAtWork();
    }
  }
  await scene.endAll("producer");
  let strays: string[] = [];
  const isEmpty = async () => {
    const keys = await scene.redis.command("KEYS", "*") as string[];
    strays = keys.filter((key) => !key.endsWith(":stats")); // running totals, which stay
    return strays.length === 0;
  };
  await until("all is done", isEmpty).catch(() => {}); // the strays tell
  await scene.endAll("consumer");
  return { minutes, ...await reckon(scene.fates), strays, faults, crashes: scene.crashes };
}

/** Whether nothing went wrong. */
export function isSound({ lost, strays, crashes }: Outcome): boolean {
  return lost.length + strays.length + crashes.length === 0;
}

/** The outcome for people. */
export function report(outcome: Outcome): string {
  const { again, faults } = outcome;
  const lines = [
    `A soak of ${outcome.minutes} minutes`,
    line("put", outcome.put),
    line("acked", outcome.acked),
    line("put in doubt: its answer was lost", outcome.doubtful),
    line("delivered more than once", sum(again)),
    ...Object.entries(again).map(([cause, count]) => line(`  ${cause}`, count)),
    line("lost", outcome.lost.length),
    ...outcome.lost.slice(0, 10).map((uid) => `  ${uid}`),
    line("strays left in Redis", outcome.strays.length),
    ...outcome.strays.map((key) => `  ${key}`),
    line("processes that broke down", outcome.crashes.length),
    ...outcome.crashes.map((crash) => `  ${crash}`),
    line("faults", sum(faults)),
    ...Object.entries(faults).toSorted().map(([kind, count]) => line(`  ${kind}`, count)),
  ];
  return lines.join("\n");
}

function line(label: string, count: number): string {
  return `${label.padEnd(50)}${count.toLocaleString("en").padStart(12)}`;
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function shuffled<T>(list: T[]): T[] {
  return list.map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

if (import.meta.main) {
  const { minutes } = parseArgs(Deno.args, { string: ["minutes"], default: { minutes: "1" } });
  if (!(Number(minutes) > 0)) throw new TypeError(`Expected --minutes N, not ${minutes}`);
  const outcome = await soak(Number(minutes));
  console.log(report(outcome));
  Deno.exit(isSound(outcome) ? 0 : 1);
}
