// Drains a queue with a handler that fails at "bad", and prints what became of its items.
import { SafeRedisQueue } from "../../mod.ts";

const [url] = Deno.args as [string];
await using queue = new SafeRedisQueue({ url, maxAttempts: 1 });
const { acked, dead } = await queue.drain(({ payload }) => {
  if (payload === "bad") throw new Error("no way");
});
console.log(`${acked} acked, ${dead} dead`);
