// Works on queue "0" with prefetch until it is killed: done at once with COUNT items, never with the next: works_ahead.ts PORT COUNT
import { SafeRedisQueue } from "../../mod.ts";

const [port, count] = Deno.args.map(Number);
await using queue = new SafeRedisQueue({ hostname: "127.0.0.1", port: port!, lease: 1 });
let begun = 0;
await queue.consume(({ uid }) => {
  console.log(uid);
  return ++begun > count! ? new Promise(() => {}) : undefined;
}, { prefetch: 100 });
