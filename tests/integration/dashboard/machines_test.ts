import assert from "node:assert/strict";
import { SafeRedisQueue } from "../../../mod.ts";
import { dashboard } from "../../../dashboard.ts";
import { hasProgram } from "../../helpers/has_program.ts";
import { parsePrometheusText } from "../../helpers/prometheus_text.ts";
import { startRedis, type TestRedis } from "../../helpers/redis.ts";

const OPEN = { authorize: () => true };

/** 2 wait, 1 is in flight, 1 delayed, 1 dead; 6 were put, 1 acked, 1 failed. */
async function fill(redis: TestRedis, name: string): Promise<SafeRedisQueue> {
  const queue = redis.queue({ name, maxAttempts: 1 });
  await queue.putMany(["1", "2", "3", "4", "5"]);
  await queue.put("later", { delay: 1_000 });
  const [acked, failed] = (await queue.getMany(3, -1)).map(([uid]) => uid);
  await queue.ack(acked!);
  await queue.fail(failed!);
  return queue;
}

async function metricsOf(queues: SafeRedisQueue[]): Promise<string> {
  const response = await dashboard(queues, OPEN)(new Request("http://localhost/metrics"));
  assert.equal(response.status, 200);
  assert.equal(
    response.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8",
  );
  return await response.text();
}

function valuesOf(text: string, queue: string): Record<string, number> {
  const samples = parsePrometheusText(text).filter(({ labels }) => labels["queue"] === queue);
  return Object.fromEntries(samples.map(({ name, labels, value }) => {
    return [labels["state"] === undefined ? name : `${name} ${labels["state"]}`, value];
  }));
}

Deno.test("the metrics of a queue", async () => {
  await using redis = await startRedis();
  await using queue = await fill(redis, "mails");
  const { srq_oldest_age_seconds: age, ...values } = valuesOf(await metricsOf([queue]), "mails");
  assert.ok(age! >= 0 && age! < 60, String(age));
  assert.deepEqual(values, {
    srq_up: 1,
    "srq_items waiting": 2,
    "srq_items delayed": 1,
    "srq_items in_flight": 1,
    "srq_items dead": 1,
    srq_paused: 0,
    srq_held_keys: 0,
    srq_consumers: 0,
    srq_put_total: 6,
    srq_acked_total: 1,
    srq_failed_total: 1,
    srq_expired_total: 0,
    srq_dead_total: 1,
  });
  await queue.pause();
  await queue.clear();
  const { srq_paused, srq_oldest_age_seconds } = valuesOf(await metricsOf([queue]), "mails");
  assert.deepEqual([srq_paused, srq_oldest_age_seconds], [1, 0]);
});

Deno.test("an age that nobody knows is no sample", async () => {
  await using redis = await startRedis();
  await redis.command("HSET", "srq:mails:items", "a", "of Python");
  await redis.command("LPUSH", "srq:mails:queue", "a");
  await using queue = redis.queue({ name: "mails" });
  const values = valuesOf(await metricsOf([queue]), "mails");
  assert.equal(values["srq_items waiting"], 1);
  assert.equal(Object.hasOwn(values, "srq_oldest_age_seconds"), false);
});

Deno.test("a queue may have any name, and one whose Redis is away spoils no other", async () => {
  await using redis = await startRedis();
  const name = 'a "b" \\ c\n{d="e"} \u{1f4ee}';
  await using queue = await fill(redis, name);
  await using away = new SafeRedisQueue({ port: 1, name: "away", commandTimeout: 0.1 });
  const text = await metricsOf([away, queue]);
  assert.equal(valuesOf(text, name)["srq_put_total"], 6);
  assert.deepEqual(valuesOf(text, "away"), { srq_up: 0 });
  assert.deepEqual(parsePrometheusText(await metricsOf([])), []);
});

Deno.test({
  name: "promtool finds nothing to object to",
  ignore: !await hasProgram("promtool", "--version"),
  async fn() {
    await using redis = await startRedis();
    await using queue = await fill(redis, 'a "b"');
    const child = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdin = child.stdin.getWriter();
    await stdin.write(new TextEncoder().encode(await metricsOf([queue])));
    await stdin.close();
    const { code, stdout, stderr } = await child.output();
    const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.deepEqual([code, printed], [0, ""]);
  },
});

Deno.test("health tells whether Redis answers for each queue", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  await using away = new SafeRedisQueue({ port: 1, name: "away", commandTimeout: 0.1 });
  const health = async (queues: SafeRedisQueue[]) => {
    const response = await dashboard(queues, OPEN)(new Request("http://localhost/health"));
    return [response.status, await response.json()];
  };
  assert.deepEqual(await health([queue]), [200, { status: "ok", queues: { mails: "ok" } }]);
  assert.deepEqual(await health([queue, away]), [503, {
    status: "failed",
    queues: { mails: "ok", away: "failed" },
  }]);
});

Deno.test("many who scrape at the same time cost Redis one script a queue", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails", autocleanInterval: null });
  const handler = dashboard([queue], OPEN);
  const scrape = async () => await (await handler(new Request("http://localhost/metrics"))).text();
  await queue.stats();
  await queue.consumers();
  await redis.resetCalls();
  await Promise.all(Array.from({ length: 50 }, scrape));
  const { evalsha } = await redis.calls();
  assert.ok(evalsha! <= 2, String(evalsha));
});
