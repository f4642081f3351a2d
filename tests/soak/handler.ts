import { setTimeout as sleep } from "node:timers/promises";
import { LeaseLostError, type QueueItem } from "../../mod.ts";
import type { Ledger, Noting } from "./ledger.ts";
import { anyOf, between, chance, isStubborn, labelOf } from "./work.ts";

/** What a consumer process works with. */
export interface Post {
  ledger: Ledger;
  /** Seconds. */
  lease: number;
  maxAttempts: number;
  /** Aborts when the process is told to end. */
  signal: AbortSignal;
}

/** The longest work, in milliseconds: longer than the short leases. */
const LONGEST_MS = 7_000;

/**
 * Does what a handler may do, and notes it: works for a while, up to longer than a lease, and then throws, fails the item
 * with a delay, gives it back, acks it, or returns. Resolves to whether the item has been settled.
 *
 * @param signals End the work, as the item's own signal does.
 */
export async function handle(
  item: QueueItem<string>,
  { ledger, lease, maxAttempts }: Post,
  ...signals: AbortSignal[]
): Promise<boolean> {
  const label = labelOf(item.uid, item.payload);
  const note = ledger.begin("handed", label);
  if (item.attempt > maxAttempts) note("excessive");

  const ms = duration(lease);
  if (ms > 0) await work(ms, note, AbortSignal.any([item.signal, ...signals]));

  if (chance(isStubborn(label) ? 0.6 : 0.01)) {
    note("failing");
    if (chance(0.5)) throw anyOf(THROWN);
    await item.fail({ delay: between(0, 0.5), error: "It is to be tried later" });
    return true;
  }
  if (chance(0.01)) {
    note("releasing");
    await item.release();
    return true;
  }
  note("done");
  if (!chance(0.1)) return false;
  note(await item.ack() ? "acked" : "gone");
  return true;
}

/** What handlers throw; of some it is hard to tell what they are. */
const THROWN: unknown[] = [
  new Error("This one did not work out"),
  "a text",
  undefined,
  Object.create(null),
  Object.assign(new Error(), { message: { code: 500 } }),
];

/** Half of the handlers do not look at their signal: their outcome comes late. */
async function work(ms: number, note: Noting, signal: AbortSignal): Promise<void> {
  const onAbort = () => note(signal.reason instanceof LeaseLostError ? "cut" : "stopped");
  signal.addEventListener("abort", onAbort);
  try {
    await sleep(ms, undefined, chance(0.5) ? { signal } : {});
  } catch (error) {
    note("failing");
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Most take no time, few take long. */
function duration(lease: number): number {
  if (chance(0.7)) return 0;
  if (chance(0.8)) return between(0, 50);
  return chance(0.9) ? between(0, 1_000) : Math.min(lease * 1_500, LONGEST_MS);
}
