// Takes the pictures of the dashboard for the documentation: sh scripts/deno.sh run -A scripts/record_dashboard.ts
//
// Chromium is needed. It takes six minutes: the charts show five.
import { startPrivateRedis } from "../src/cli/private_redis.ts";
import { DemoTraffic } from "../src/cli/demo_traffic.ts";
import { closeBrowser, withTab } from "../tests/browser/browser.ts";
import { serveDashboard } from "../tests/helpers/dashboard_server.ts";

const PICTURES = [
  { file: "docs/dashboard.png", path: "/", scheme: "light", height: 640 },
  {
    file: "docs/dashboard-queue.png",
    path: "/queue?name=films&state=dead",
    scheme: "dark",
    height: 860,
  },
];
const MINUTES = Number(Deno.args[0] ?? 6);

await using redis = await startPrivateRedis() ?? Deno.exit(1);
await using traffic = new DemoTraffic(redis.url, "");
await using server = serveDashboard(traffic.queues);
await withTab({ javaScript: true }, async ({ page }) => {
  await page.setViewport({ width: 1200, height: 800, deviceScaleFactor: 1.25 });
  // Somebody must look: what nobody looks at is not counted.
  await page.goto(`${server.url}/`);
  await new Promise((resolve) => setTimeout(resolve, MINUTES * 60_000));
  for (const { file, path, scheme, height } of PICTURES) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width: 1200, height, deviceScaleFactor: 1.25 });
    await page.goto(`${server.url}${path}`);
    await page.waitForSelector("[data-state=live]");
    await Deno.writeFile(file, await page.screenshot());
  }
});
await closeBrowser();
