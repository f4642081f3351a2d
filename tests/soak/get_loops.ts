import { setTimeout as sleep } from "node:timers/promises";
import { RedisUnavailableError, type SafeRedisQueue } from "../../mod.ts";
import type { Post } from "./handler.ts";
import type { Noting } from "./ledger.ts";
import { anyOf, between, chance, labelOf } from "./work.ts";

/** Loops of each kind. */
const COUNT = 4;
/** The longest work, in milliseconds: nobody extends the lease meanwhile. */
const LONGEST_MS = 1_500;

type Items = [uid: string | null, item: string | null][];

/** Starts those who wait as long as it takes, for a while, and who take many at once. */
export function getLoops(queue: SafeRedisQueue, post: Post): Promise<void>[] {
  const { signal } = post;
  return Array.from({ length: COUNT }, () => [
    work(queue, post, async () => [await queue.get({ signal })]),
    work(queue, post, async () => [await queue.get({ signal, timeout: 0.1 })]),
    work(queue, post, () => queue.getMany(5, { signal })),
  ]).flat();
}

async function work(queue: SafeRedisQueue, post: Post, get: () => Promise<Items>): Promise<void> {
  const { signal, ledger } = post;
  while (!signal.aborted) {
    try {
      const begun = (await get()).flatMap(([uid, item]) =>
        uid === null ? [] : [{ uid, note: ledger.begin("got", labelOf(uid, item!)) }]
      );
      for (const { uid, note } of begun) await settle(queue, uid, note);
    } catch (error) {
      if (error !== signal.reason && !(error instanceof RedisUnavailableError)) throw error;
    }
  }
}

async function settle(queue: SafeRedisQueue, uid: string, note: Noting): Promise<void> {
  if (chance(0.005)) await sleep(between(0, LONGEST_MS));
  // To fail and to release once is enough: if the answer is missing, the end of the lease does the same.
  const act = chance(0.996) ? "ack" : anyOf(["fail", "release"]);
  if (act === "fail") {
    note("failing");
    await queue.fail(uid, chance(0.5) ? { delay: between(0, 1) } : {});
  } else if (act === "release") {
    note("releasing");
    await queue.release(uid);
  } else {
    note("done");
    note(await ack(queue, uid) ? "acked" : "gone");
  }
}

/** Until it is answered. */
async function ack(queue: SafeRedisQueue, uid: string): Promise<boolean> {
  for (;;) {
    try {
      return await queue.ack(uid);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
    }
  }
}
