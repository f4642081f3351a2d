// Consumes until it sees itself, and prints what may be known of it.
import { SafeRedisQueue } from "../../mod.ts";

const queue = new SafeRedisQueue({ url: Deno.args[0]! });
const consuming = queue.consume(() => {});
for (;;) {
  const [consumer] = await queue.consumers();
  if (consumer !== undefined) {
    console.log(consumer.host, typeof consumer.pid);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await queue.close();
await consuming;
