// Five workers take and ack items until one of them meets the item "stop"; prints each item that it acked.
import { QueueClosedError, SafeRedisQueue } from "../../mod.ts";

const queue = new SafeRedisQueue({ url: Deno.args[0]! });

async function work(): Promise<void> {
  for (;;) {
    const [uid, item] = await queue.get();
    if (uid === null) throw new Error("A get without timeout ended without an item");
    if (!await queue.ack(uid)) throw new Error(`The item ${item} was acked by another consumer`);
    if (item === "stop") return await queue.close();
    console.log(item);
  }
}

const outcomes = await Promise.allSettled(Array.from({ length: 5 }, work));
for (const outcome of outcomes) {
  if (outcome.status === "rejected" && !(outcome.reason instanceof QueueClosedError)) {
    throw outcome.reason;
  }
}
