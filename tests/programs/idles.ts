// Works and then leaves its queue open, with the options given as JSON.
import { SafeRedisQueue } from "../../mod.ts";

const queue = new SafeRedisQueue(JSON.parse(Deno.args[0]!));
const waiting = queue.get();
const uid = await queue.put("item");
const [got, item] = await waiting;
console.log(got === uid, item, await queue.ack(uid), await queue.size());
