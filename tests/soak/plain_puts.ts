import { setTimeout as sleep } from "node:timers/promises";
import { type PutManyOptions, RedisUnavailableError, type SafeRedisQueue } from "../../mod.ts";
import { notedPut, type ProducerPost } from "./noted_put.ts";
import { between, chance, MAX_WAITING, payload } from "./work.ts";

/** Puts at a time. */
const BATCH = 50;

/** Puts items in all ways, but not too many that wait, until it is told to end. */
export async function putPlain(
  queue: SafeRedisQueue,
  { ledger, who, signal }: ProducerPost,
): Promise<void> {
  for (let next = 0; !signal.aborted; await sleep(between(0, 50))) {
    if (!await mayGoOn(queue)) continue;
    const labels = Array.from({ length: BATCH }, () => `${who}-${next++}`);
    const terms = termsOf();
    if (chance(0.3)) {
      await notedPut(ledger, labels, () => queue.putMany(labels.map(payload), terms));
    } else {
      await Promise.all(
        labels.map((label) => notedPut(ledger, [label], () => queue.put(payload(label), terms))),
      );
    }
  }
}

/** Whether not too many items wait. */
export async function mayGoOn(queue: SafeRedisQueue): Promise<boolean> {
  try {
    return await queue.size() < MAX_WAITING;
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    return false;
  }
}

function termsOf(): PutManyOptions {
  return chance(0.3) ? { ...dueOf(), headers: { from: "the soak" } } : dueOf();
}

function dueOf(): PutManyOptions {
  if (chance(0.9)) return {};
  const seconds = between(0, 3);
  return chance(0.5) ? { delay: seconds } : { at: Date.now() + seconds * 1_000 };
}
