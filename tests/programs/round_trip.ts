// Uses every method once, and a get that waits.
import { SafeRedisQueue } from "../../mod.ts";

const queue = new SafeRedisQueue({ url: Deno.args[0]!, autocleanInterval: 0.1 });
const waiting = queue.get();
await queue.putMany(["first", "second"]);
const [first] = await waiting;
await queue.ack(first!);
const [second] = await queue.get(1);
await queue.fail(second!);
const [[third] = [""]] = await queue.getMany(1);
await queue.ackMany([third]);
await queue.get(0.2);
console.log(await queue.size(), await queue.inFlight());
await queue.clear();
await queue.close();
