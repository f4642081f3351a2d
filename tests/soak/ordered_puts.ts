import { setTimeout as sleep } from "node:timers/promises";
import type { SafeRedisQueue } from "../../mod.ts";
import { notedPut, type ProducerPost } from "./noted_put.ts";
import { mayGoOn } from "./plain_puts.ts";
import { between, chance, payload } from "./work.ts";

/** Order keys in use at a time. */
const COUNT = 20;

interface OrderKey {
  name: string;
  /** Number of the next item. */
  next: number;
}

/**
 * Puts items with order keys, those of one key one after the other, until it is told to end. If it is in doubt whether an item
 * is stored, its key is used no more: the next item might overtake it.
 */
export async function putOrdered(
  queue: SafeRedisQueue,
  { ledger, who, signal }: ProducerPost,
): Promise<void> {
  let made = 0;
  const make = (): OrderKey => ({ name: `key-${who}-${made++}`, next: 0 });
  const keys = Array.from({ length: COUNT }, make);
  for (; !signal.aborted; await sleep(between(0, 50))) {
    if (!await mayGoOn(queue)) continue;
    await Promise.all(keys.map(async (key, i) => {
      const count = chance(0.3) ? 5 : 1;
      const labels = Array.from({ length: count }, () => `${key.name}@${key.next++}`);
      const options = { orderKey: key.name };
      const isPut = await notedPut(
        ledger,
        labels,
        () => queue.putMany(labels.map(payload), options),
      );
      if (!isPut) keys[i] = make();
    }));
  }
}
