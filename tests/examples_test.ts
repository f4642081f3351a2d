import assert from "node:assert/strict";
import { cliWords, ended, startShell } from "./helpers/cli.ts";
import { startExample } from "./helpers/example.ts";
import { freePort } from "./helpers/free_port.ts";
import { startRedis, type TestRedis } from "./helpers/redis.ts";
import { until } from "./helpers/until.ts";

/** Runs an example that ends by itself; resolves to the lines that it prints. */
async function linesOf(example: string, redisUrl: string): Promise<string[]> {
  const { code, stdout, stderr } = await ended(await startExample(example, redisUrl));
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

/** The doorbell goes by itself, ten seconds after the last item that was delayed. */
async function assertNothingLeft(redis: TestRedis): Promise<void> {
  const keys = await redis.keys();
  assert.deepEqual(keys.filter((key) => !key.endsWith(":doorbell")), []);
}

Deno.test("examples: a producer and a worker, which Ctrl-C stops", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "thumbnails" });
  const [first, second] = await linesOf("producer", redis.url);
  assert.match(first!, /^cat.jpg is in Redis, as [0-9a-f-]{36}$/);
  assert.equal(second, "101 waiting, 1 delayed");

  await using worker = await startExample("worker", redis.url);
  const outcome = ended(worker);
  await until("all is done", async () => (await queue.stats()).totals.acked === 102);
  worker.kill("SIGINT");
  const { code, stdout, stderr } = await outcome;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 103);
  assert.ok(lines.includes("later.jpg: done at attempt 1"));
  assert.equal(lines.at(-1), "Stopped: all running jobs are finished or given back.");
  await assertNothingLeft(redis);
});

Deno.test("examples: mails, their retries and a dead letter", async () => {
  await using redis = await startRedis();
  const lines = await linesOf("mails", redis.url);
  const dead = "dead: cleo@gone.example after 3 attempts: gone.example does not answer";
  assert.deepEqual(lines.toSorted(), [
    "ada@example.org: sent at attempt 1",
    "bob@busy.example: attempt 1 failed",
    "bob@busy.example: sent at attempt 2",
    "cleo@gone.example: attempt 1 failed",
    "cleo@gone.example: attempt 2 failed",
    "cleo@gone.example: attempt 3 failed",
    "cleo@gone.example: sent at attempt 1",
    "dead letters left: 0",
    dead,
  ]);
  assert.deepEqual(lines.slice(-3), [
    dead,
    "cleo@gone.example: sent at attempt 1",
    "dead letters left: 0",
  ]);
  await assertNothingLeft(redis);
});

Deno.test("examples: a job in parts, and their results joined", async () => {
  await using redis = await startRedis();
  assert.deepEqual(await linesOf("fan_out_and_join", redis.url), [
    "9592 primes below 100000, counted in 20 parts",
  ]);
  await assertNothingLeft(redis);
});

Deno.test("examples: payloads that a schema checks", async () => {
  await using redis = await startRedis();
  assert.deepEqual(await linesOf("typed_payloads", redis.url), [
    "refused, and not stored",
    "order 1 of 2026 from ada@example.org",
    "unreadable, now a dead letter",
    'dead: {"id": "three"}',
  ]);
  await assertNothingLeft(redis);
});

Deno.test("examples: a queue shared with Python", async () => {
  await using redis = await startRedis();
  assert.deepEqual(await linesOf("with_python", redis.url), [
    "Python put, Deno got: hello Deno",
    'Deno put, Python got: {"hello":"Python"}',
    "Python failed, Deno did it: Python",
  ]);
  await assertNothingLeft(redis);
});

Deno.test("examples: an app for Deno Deploy: requests, its cron job, and SIGINT", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails:git-branch/try" });
  await queue.putMany(['{"to":"asleep-1@example.org"}', '{"to":"asleep-2@example.org"}']);
  const address = { HOST: "127.0.0.1", PORT: `${freePort()}` };
  const env = { ...address, DENO_TIMELINE: "git-branch/try" };
  await using app = await startExample("deno_deploy", redis.url, {
    options: ["--preload=tests/programs/cron_at_once.ts"],
    env,
  });
  const outcome = ended(app);
  const url = `http://${address.HOST}:${address.PORT}`;
  await until("the app answers", async () => {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok === true;
  });

  const response = await fetch(url, { method: "POST", body: '{"to": "ada@example.org"}' });
  assert.equal(response.status, 202);
  const { uid } = await response.json();
  await until("all is done", async () => (await queue.stats()).totals.acked === 3);

  app.kill("SIGINT");
  const stoppedAt = performance.now();
  const { code, stdout, stderr } = await outcome;
  assert.ok(performance.now() - stoppedAt < 5_000);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /error/i);
  // It may hear of the end before it has seen that nothing waits any more.
  assert.match(stdout, /^cron: \d sent, 0 to be tried again; ended: (empty|aborted)$/m);
  for (const name of ["asleep-1", "asleep-2"]) {
    assert.ok(stdout.includes(`sent to ${name}@example.org`));
  }
  assert.ok(stdout.includes(`sent to ada@example.org (${uid}, attempt 1)\n`));
  assert.ok(stdout.endsWith("stopped\n"));
  await assertNothingLeft(redis);
});

Deno.test("examples: an app for Deno Deploy does no work while its cron jobs are only looked for", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails:local" });
  await queue.put('{"to":"ada@example.org"}');
  const connections = async () =>
    /total_connections_received:\d+/.exec(String(await redis.command("INFO", "stats")))?.[0];
  const before = await connections();
  const app = await startExample("deno_deploy", redis.url, {
    options: ["--preload=tests/programs/finds_crons.ts"],
  });
  const { code, stdout, stderr } = await ended(app);
  assert.deepEqual({ code, stdout, stderr }, {
    code: 0,
    stdout: "found: send mails\n",
    stderr: "",
  });
  assert.equal(await connections(), before);
  assert.equal(await queue.size(), 1);
});

Deno.test("examples: a pipeline of the shell", async () => {
  await using redis = await startRedis();
  const script = 'SRQ="$1" REDIS_URL="$2" exec sh examples/pipeline.sh';
  const pipeline = startShell(script, cliWords([]).join(" "), redis.url);
  const { code, stdout, stderr } = await ended(pipeline);
  assert.equal(code, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual(lines.slice(0, 5), [
    "8: 2 2 2",
    "9: 3 3",
    "10: 2 5",
    "11: 11",
    "12: 2 2 3",
  ]);
  assert.match(lines[5]!, /\tnot with me\t13$/);
  assert.equal(stderr.match(/^not with me$/gm)?.length, 2);
  await assertNothingLeft(redis);
});
