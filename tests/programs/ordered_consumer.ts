// Handles items with order keys, until it is killed: ordered_consumer.ts PORT NAME LEDGER LEASE ON_DEAD
import { setTimeout as sleep } from "node:timers/promises";
import { HandlerError, QueueError, SafeRedisQueue } from "../../mod.ts";
import { Ledger } from "../soak/ledger.ts";
import { between, chance } from "../soak/work.ts";

const [port, name, path, lease, onDead] = Deno.args as [string, string, string, string, "hold"];
const ledger = new Ledger(path);

await using queue = new SafeRedisQueue({
  hostname: "127.0.0.1",
  port: Number(port),
  name,
  lease: Number(lease),
  maxAttempts: 4,
  onDead,
  onError: (error) => {
    const isExpected = error instanceof HandlerError ||
      (error instanceof QueueError && error.message.includes("order key"));
    if (!isExpected) throw error;
  },
});
await queue.consume(async (item) => {
  const note = ledger.begin("handed", item.payload);
  if (chance(0.5)) await sleep(between(0, 10));
  if (item.attempt < 4 && chance(0.1)) {
    note("failing");
    await item.fail({ delay: chance(0.5) ? between(0, 0.2) : 0 });
  } else if (chance(0.02)) {
    note("releasing");
    await item.release();
  } else if (chance(0.01)) {
    note("failing");
    throw new Error("It is to fail");
  } else {
    note("done");
    if (chance(0.3)) await item.ack();
  }
}, { concurrency: 8, prefetch: chance(0.5) ? 20 : 0, backoff: 0.1 });
