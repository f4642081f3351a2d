import assert from "node:assert/strict";
import type { SafeRedisQueue } from "../mod.ts";
import { dashboard } from "../dashboard.ts";
import { hasProgram } from "./helpers/has_program.ts";
import { parsePrometheusText } from "./helpers/prometheus_text.ts";
import { startRedis } from "./helpers/redis.ts";

const PAGE = await Deno.readTextFile(new URL("../docs/observability.md", import.meta.url));
const [, RULES = ""] = /^```yaml\n(# queues\.rules\.yml\n.*?)^```$/ms.exec(PAGE) ?? [];

Deno.test("the page names all metrics, and the alerts know no others", async () => {
  await using redis = await startRedis();
  await using queue: SafeRedisQueue = redis.queue({ name: "mails" });
  const handler = dashboard([queue], { authorize: () => true });
  const text = await (await handler(new Request("http://localhost/metrics"))).text();
  const metrics = [...new Set(parsePrometheusText(text).map(({ name }) => name))];
  const described = Array.from(PAGE.matchAll(/^\| `(srq_\w+)`/gm), ([, name]) => name);
  assert.deepEqual(described, metrics);
  const used = RULES.match(/srq_\w+/g) ?? [];
  assert.ok(used.length > 5);
  assert.deepEqual(used.filter((name) => !metrics.includes(name)), []);
});

Deno.test("the page says of each alert why", () => {
  const alerts = Array.from(RULES.matchAll(/- alert: (\w+)/g), ([, name]) => name);
  const reasons = Array.from(PAGE.matchAll(/^\| `([A-Z]\w+)`/gm), ([, name]) => name);
  assert.deepEqual(reasons, alerts);
});

Deno.test({
  name: "promtool takes the alerts",
  ignore: !await hasProgram("promtool", "--version"),
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".yml" });
    await Deno.writeTextFile(file, RULES);
    const { code, stderr } = await new Deno.Command("promtool", {
      args: ["check", "rules", "--lint-fatal", file],
    }).output();
    await Deno.remove(file);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  },
});
