// Works on queue "0" until SIGINT, for MS with each item, and tells what happens: works.ts PORT CONCURRENCY MS
import { SafeRedisQueue } from "../../mod.ts";

const [port, concurrency, ms] = Deno.args.map(Number);
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
await using queue = new SafeRedisQueue({
  hostname: "127.0.0.1",
  port: port!,
  autocleanInterval: 1,
  onError: () => {},
});
await queue.consume(async (item) => {
  console.log("begun", item.uid, item.attempt);
  item.signal.addEventListener("abort", () => console.log(item.signal.reason.name, item.uid));
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (item.signal.aborted) console.log("fail", item.uid, await item.fail());
}, { concurrency: concurrency!, signal: stop.signal });
console.log("ended");
