import { healthOf } from "../health.ts";
import { METRICS_TYPE, metricsText } from "../metrics.ts";
import type { Router, Site } from "../site.ts";

/** What programs read. */
export function addMachines(router: Router, { list }: Site): void {
  router.get("/metrics", async (visitor) => {
    const text = await metricsText(await list.all());
    return visitor.body(text, 200, { "Content-Type": METRICS_TYPE });
  });
  router.get("/health", async (visitor) => {
    const health = await healthOf(await list.all());
    return visitor.json(health, health.status === "ok" ? 200 : 503);
  });
}
