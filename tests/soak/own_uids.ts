import { setTimeout as sleep } from "node:timers/promises";
import type { SafeRedisQueue } from "../../mod.ts";
import { rawCommand } from "../helpers/raw_command.ts";
import { notedPut, type ProducerPost } from "./noted_put.ts";
import { between, chance, OWN, payload } from "./work.ts";

/** Own uids in use at a time. */
const COUNT = 50;
/** A put that took longer may have been sent twice, with one of the two on its way yet. */
const PROMPT_MS = 1_000;

interface OwnUid {
  uid: string;
  /** Number of the next item under it. */
  next: number;
}

/**
 * Puts items under own uids, each again as soon as it is gone, until it is told to end. A put while the uid lives changes
 * nothing, so that its item would be missed: a uid is used again only if nothing of its last put can be on its way.
 */
export async function putOwnUids(
  queue: SafeRedisQueue,
  { ledger, who, signal, redisPort }: ProducerPost & { redisPort: number },
): Promise<void> {
  let made = 0;
  const make = (): OwnUid => ({ uid: `own-${who}-${made++}`, next: 0 });
  const uids = Array.from({ length: COUNT }, make);
  for (; !signal.aborted; await sleep(20)) {
    const lives = await areThere(redisPort, uids.map(({ uid }) => uid));
    await Promise.all(uids.map(async ({ uid, next }, i) => {
      if (lives[i]) return;
      const label = `${uid}#${next}`;
      const delay = chance(0.9) ? 0 : between(0, 0.5);
      const began = performance.now();
      const isPut = await notedPut(
        ledger,
        [label],
        () => queue.put(payload(label), { uid, delay }),
      );
      const isSettled = isPut && performance.now() - began < PROMPT_MS;
      uids[i] = isSettled ? { uid, next: next + 1 } : make();
    }));
  }
}

/** Which of the uids have an item in Redis; all, if it does not tell. */
async function areThere(port: number, uids: string[]): Promise<boolean[]> {
  try {
    const payloads = await rawCommand(port, "HMGET", `srq:${OWN}:items`, ...uids) as unknown[];
    return payloads.map((payload) => payload !== null);
  } catch {
    return uids.map(() => true);
  }
}
