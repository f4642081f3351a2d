/** One of several processes that share the work: consumes until nothing comes any more. */
import { SafeRedisQueue } from "../mod.ts";
import { CONCURRENCY } from "./consuming.ts";
import { loops, pause } from "./loops.ts";
import type { Share } from "./measures/processes.ts";

const { name, port, startAt } = JSON.parse(Deno.args[0]!);
await using queue = new SafeRedisQueue({ port, name });
await queue.connect();
await pause(startAt - Date.now());

const share: Share = { handled: 0, endedAt: 0 };
await loops(CONCURRENCY, async () => {
  const [uid] = await queue.get(0.5);
  if (uid === null) return false;
  await queue.ack(uid);
  share.handled++;
  share.endedAt = Date.now();
  return true;
});
console.log(JSON.stringify(share));
