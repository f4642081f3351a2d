// Puts an item and leaves the queue open.
import { SafeRedisQueue } from "../../mod.ts";

const [url, autocleanInterval] = Deno.args as [string, string];
const queue = new SafeRedisQueue({ url, autocleanInterval: JSON.parse(autocleanInterval) });
await queue.put("item");
console.log("stored");
