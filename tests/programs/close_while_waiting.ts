// Closes its queue while a get waits, and says how the get ended.
import { SafeRedisQueue } from "../../mod.ts";

const queue = new SafeRedisQueue({ url: Deno.args[0]! });
const got = queue.get().catch((error) => console.log(error.name));
await queue.get(0.2);
await queue.close();
await got;
