// Consumes from queue "0" until it is killed, and never acks: consumer.ts PORT hold COUNT | PORT wait
import { SafeRedisQueue } from "../../mod.ts";

const [port, action, count] = Deno.args;
const queue = new SafeRedisQueue({
  hostname: "127.0.0.1",
  port: Number(port),
  autocleanInterval: 1,
});
if (action === "hold") {
  const items = await queue.getMany(Number(count));
  console.log(JSON.stringify(items.map(([uid]) => uid)));
} else {
  await queue.get();
}
// The process stays alive, its cleaner at work.
setInterval(() => {}, 1_000);
