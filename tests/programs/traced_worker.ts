// Handles what traced_producer.ts puts, with telemetry: traced_worker.ts URL TARGET OPTIONS
import { SafeRedisQueue } from "../../mod.ts";
import { observeQueue, openTelemetry } from "../../otel.ts";

const [url, target, options] = Deno.args as [string, string, string];
await using queue = new SafeRedisQueue({
  ...{ url, name: "traced", maxAttempts: 1, onError: () => {} },
  telemetry: openTelemetry(JSON.parse(options)),
});
using _observation = observeQueue(queue);
using _other = observeQueue({
  name: "other",
  stats: () => queue.stats(),
  consumers: () => Promise.resolve(["one", "two"]),
});
observeQueue({ name: "ended", stats: () => queue.stats() }).stop();
observeQueue({ name: "away", stats: () => Promise.reject(new Error("Redis is away")) });
await queue.drain(async (item) => {
  switch (item.payload) {
    case "fetch":
      await fetch(target).then((response) => response.text());
      break;
    case "throw":
      throw new TypeError("thrown by the handler");
    case "fail":
      await item.fail({ error: "failed by the handler" });
  }
}, { concurrency: 2 });
await queue.putMany(["waits", "waits"]);
const [uid] = await queue.get(-1);
// The gauges are read.
await new Promise((resolve) => setTimeout(resolve, 600));
await queue.ack(uid!);
