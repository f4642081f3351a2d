// deno task soak --minutes 10 [--ledgers FOLDER]
// All kinds of producers and consumers at work for minutes, a fault every few seconds, and a reckoning at the end: nothing
// may be lost, stuck, or taken too early.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "@std/cli/parse-args";
import type { Span } from "./absences.ts";
import { OF_PROCESSES, OF_REDIS } from "./faults.ts";
import { type Command, describe, itemsOf, keysOf } from "./leftovers.ts";
import { reckon } from "./reckoning.ts";
import { isSound, type Outcome, report } from "./report.ts";
import { Scene } from "./scene.ts";
import { ORDERED, OWN, PLAIN } from "./work.ts";

/** How long a soak lasts, and the leases of its consumers. */
export interface SoakOptions {
  minutes: number;
  /** Seconds, a consumer each. */
  leases: number[];
  /** An empty folder in which the ledgers stay. */
  ledgers?: string | undefined;
}

const LEASES = [1, 5, 60, 120];

/** Most milliseconds from the moment when all work again to the next fault. */
const CALM_MS = 2_000;

/** Seconds after the longest lease in which all must be done at the end. */
const PATIENCE = 30;

/** Makes faults for `minutes`, then lets all be done and looks for what is missing. */
export async function soak({ minutes, leases, ledgers }: SoakOptions): Promise<Outcome> {
  await using scene = await Scene.start(leases, ledgers);
  const { faults, outages } = await makeFaults(scene, minutes);
  const faultsEndedAt = performance.now();
  await scene.endAll("producer");
  const command: Command = (name, ...args) => scene.redis.command(name, ...args);
  const giveUpAt = faultsEndedAt + (Math.max(...leases) + PATIENCE) * 1_000;
  while ((await keysOf(command)).length > 0 && performance.now() < giveUpAt) await sleep(100);
  const settledIn = (performance.now() - faultsEndedAt) / 1_000;
  const names = [PLAIN, OWN, ORDERED];
  const left = (await Promise.all(names.map((name) => itemsOf(command, name)))).flat();
  await scene.endAll("consumer");
  await scene.endAll("janitor");

  const { undone, ...reckoning } = await reckon(scene.fates, outages);
  const isLeft = new Set(left.map(({ label }) => label));
  return {
    minutes,
    ...reckoning,
    settledIn,
    lost: undone.filter((label) => !isLeft.has(label)),
    stuck: left.map(({ label, state }) => `${label} is ${state}`),
    strays: await describe(command, await keysOf(command)),
    faults,
    crashes: scene.crashes,
  };
}

/** Makes faults of all kinds, in an order of chance; resolves to how many of each, and when Redis was not well. */
async function makeFaults(scene: Scene, minutes: number) {
  const faults: Record<string, number> = {};
  const outages: Span[] = [];
  const kinds = Object.entries({ ...OF_PROCESSES, ...OF_REDIS });
  const endsAt = performance.now() + minutes * 60_000;
  const goesOn = () => performance.now() < endsAt && scene.crashes.length === 0;
  while (goesOn()) {
    for (const [kind, make] of shuffled(kinds)) {
      await sleep(Math.random() * CALM_MS);
      if (!goesOn()) break;
      const from = Date.now();
      await make(scene);
      faults[kind] = (faults[kind] ?? 0) + 1;
      await scene.allAreAtWork();
      if (Object.hasOwn(OF_REDIS, kind)) outages.push([from, Date.now()]);
    }
  }
  return { faults, outages };
}

function shuffled<T>(list: T[]): T[] {
  return list.map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

if (import.meta.main) {
  const { minutes, ledgers } = parseArgs(Deno.args, {
    string: ["minutes", "ledgers"],
    default: { minutes: "1" },
  });
  if (!(Number(minutes) > 0)) throw new TypeError(`Expected --minutes N, not ${minutes}`);
  const outcome = await soak({ minutes: Number(minutes), leases: LEASES, ledgers });
  console.log(report(outcome));
  Deno.exit(isSound(outcome) ? 0 : 1);
}
