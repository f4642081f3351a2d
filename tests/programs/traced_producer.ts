// Puts items of all kinds into the queue "traced", with telemetry: traced_producer.ts URL
import { context, propagation } from "@opentelemetry/api";
import { SafeRedisQueue } from "../../mod.ts";
import { openTelemetry } from "../../otel.ts";

const [url] = Deno.args as [string];
const telemetry = openTelemetry({ settle: true });
await using queue = new SafeRedisQueue({
  url,
  name: "traced",
  autocleanInterval: null,
  telemetry,
});
const trace = "0af7651916cd43dd8448eb211c80319c";
const baggage = propagation.createBaggage({ user: { value: "ada" } });
await context.with(propagation.setBaggage(context.active(), baggage), async () => {
  await queue.put("fetch", { uid: "fetched" });
  await queue.put("throw", { uid: "thrown", headers: { tenant: "acme" } });
  await queue.put("fail", { uid: "failed" });
  await queue.put("own", {
    uid: "own",
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
  });
  await queue.putMany(["many", "many"]);
});
console.log(JSON.stringify(await queue.peek(10)));

await using nowhere = new SafeRedisQueue({
  ...{ url: "redis://127.0.0.1:1", name: "nowhere", commandTimeout: 0.1, telemetry },
  onError: () => {},
});
await nowhere.put("lost").catch(() => {});
