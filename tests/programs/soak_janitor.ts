// Queues dead letters again, until SIGTERM: soak_janitor.ts PORT LEDGER
import { setTimeout as sleep } from "node:timers/promises";
import { RedisUnavailableError, type SafeRedisQueue } from "../../mod.ts";
import { Ledger } from "../soak/ledger.ts";
import { openQueue } from "../soak/open_queue.ts";
import { isFull } from "../soak/unexpected.ts";
import { labelOf, ORDERED, OWN, PLAIN } from "../soak/work.ts";

const [port, path] = Deno.args as [string, string];
const ledger = new Ledger(path);
let stopped = false;
Deno.addSignalListener("SIGTERM", () => stopped = true);

async function revive(queue: SafeRedisQueue): Promise<void> {
  try {
    const { items } = await queue.dead.list({ limit: 1_000 });
    for (const { uid, payload } of items) ledger.note("revived", labelOf(uid, payload!));
    await queue.dead.requeue(items.map(({ uid }) => uid));
  } catch (error) {
    if (!(error instanceof RedisUnavailableError) && !isFull(error)) throw error;
  }
}

await using plain = openQueue(port, PLAIN);
await using own = openQueue(port, OWN);
await using ordered = openQueue(port, ORDERED);
for (; !stopped; await sleep(500)) {
  ledger.note("looked", "-");
  await Promise.all([revive(plain), revive(own), revive(ordered)]);
}
