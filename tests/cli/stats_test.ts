import assert from "node:assert/strict";
import type { QueueStats } from "../../mod.ts";
import { ended, HAS_TERMINALS, runCli, startCli, startOnTerminal } from "../helpers/cli.ts";
import { numbers, put } from "../helpers/cli_queue.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** Leaves 4 items waiting, 2 delayed, 1 in flight and 1 dead; 10 were put, 2 acked and 1 failed. */
async function fill(redis: TestRedis): Promise<void> {
  await using queue = redis.queue({ name: "test", maxAttempts: 1, autocleanInterval: null });
  await queue.putMany(numbers(1, 8));
  await queue.putMany(["later", "later"], { delay: 1_000 });
  const taken = await queue.getMany(4);
  const [failed, ...done] = taken.map(([uid]) => uid);
  await queue.fail(failed!);
  await queue.ackMany(done.slice(0, 2));
}

const EXPECTED = [
  ["waiting", "4"],
  ["parked", "0"],
  ["delayed", "2"],
  ["in-flight", "1"],
  ["dead", "1"],
  ["held-keys", "0"],
  ["consumers", "0"],
  ["paused", "no"],
  ["oldest-age", "AGE"],
  ["total-put", "10"],
  ["total-acked", "2"],
  ["total-failed", "1"],
  ["total-expired", "0"],
  ["total-dead", "1"],
];

Deno.test("stats prints tab-separated values if there is no terminal", async () => {
  await using redis = await startRedis();
  await fill(redis);
  const { code, stdout, stderr } = await runCli(["stats", "--url", redis.url]);
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.replace(/\t\d+\.\d\n/, "\tAGE\n").split("\n").slice(0, -1);
  assert.deepEqual(lines.map((line) => line.split("\t")), EXPECTED);
});

Deno.test("a mistyped name is told, and the exit code stays", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const stderr = 'There is no queue "tets": Redis holds nothing under this name\n';
  const commands = ["stats", "peek", "dead list", "dead requeue --all", "resume", "clear --yes"];
  for (const command of [...commands, "consumer --idle 0", "pause"]) {
    const outcome = await runCli([...command.split(" "), "--name", "tets", "--url", redis.url]);
    assert.deepEqual([outcome.code, outcome.stderr], [0, stderr], command);
  }
  // It is one now: a paused one.
  const { stdout, stderr: told } = await runCli(["stats", "--name", "tets", "--url", redis.url]);
  assert.match(stdout, /\npaused\tyes\n/);
  assert.equal(told, "");
});

Deno.test("stats changes nothing, and cleans no lease", async () => {
  await using redis = await startRedis();
  await fill(redis);
  const [uid] = await redis.command("ZRANGE", "srq:test:ackbuf_aging", 0, 0) as [string];
  await redis.command("ZADD", "srq:test:ackbuf_aging", 1, uid);
  const child = startCli(["stats", "--watch", "--json", "--url", redis.url]);
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.split("\n").length === 4) child.kill("SIGINT");
  }
  await Promise.all([child.status, child.stderr.cancel()]);
  assert.equal(await redis.command("ZSCORE", "srq:test:ackbuf_aging", uid), "1");
});

Deno.test("stats --json prints an object", async () => {
  await using redis = await startRedis();
  await fill(redis);
  const { code, stdout } = await runCli(["stats", "--json", "--url", redis.url]);
  assert.equal(code, 0);
  const { oldestAge, ...counts } = JSON.parse(stdout) as QueueStats;
  assert.ok(oldestAge! > 0);
  const totals = { put: 10, acked: 2, failed: 1, expired: 0, dead: 1 };
  const order = { parked: 0, held: 0, heldKeys: [], consumers: 0 };
  assert.deepEqual(counts, {
    waiting: 4,
    delayed: 2,
    inFlight: 1,
    dead: 1,
    ...order,
    paused: false,
    totals,
  });
});

Deno.test("stats of a queue that is empty, and paused", async () => {
  await using redis = await startRedis();
  await runCli(["pause", "--url", redis.url]);
  const { stdout } = await runCli(["stats", "--url", redis.url]);
  assert.match(stdout, /^waiting\t0\n[^]*\npaused\tyes\noldest-age\t-\n/);
});

Deno.test("stats --watch --json prints a line each second, until stopped", async () => {
  await using redis = await startRedis();
  await put(redis, ["1"]);
  const child = startCli(["stats", "--watch", "--json", "--url", redis.url]);
  let printed = "";
  let added = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (!added) await put(redis, ["2", "3", "4"]);
    added = true;
    if (printed.includes('"waiting":4')) child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 0);
  assert.equal(await new Response(child.stderr).text(), "");
  const lines = printed.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual([lines.at(0).waiting, lines.at(-1).waiting], [1, 4]);
  const [first, second] = lines.map(({ time }) => Date.parse(time));
  assert.ok(Math.abs(Date.now() - first!) < 60_000);
  assert.ok(second! - first! >= 900, `${second! - first!} ms apart`);
  assert.equal(lines.at(0).rates, null);
  const { put: rate, ...others } = lines.at(-1).rates;
  // The samples are a second apart, or more on a busy machine.
  assert.ok(rate > 0 && rate <= 3.3, String(rate));
  assert.deepEqual(others, { acked: 0, failed: 0, expired: 0, dead: 0 });
});

Deno.test("stats --watch shows rates", async () => {
  await using redis = await startRedis();
  const child = startCli(["stats", "--watch", "--url", redis.url]);
  let printed = "";
  let added = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (!added) await put(redis, numbers(1, 1_000));
    added = true;
    if (printed.includes("total-put\t1000\t") && printed.endsWith("\n")) child.kill("SIGINT");
  }
  assert.match(printed, /\ntotal-put\t0\t-\n/);
  const [, rate] = /\ntotal-put\t1000\t(\d+\.\d)\n/.exec(printed) ?? assert.fail(printed);
  // The samples are a second apart, or more on a busy machine.
  assert.ok(Number(rate) > 10 && Number(rate) <= 1_100, rate);
  await Promise.all([child.status, child.stderr.cancel()]);
});

Deno.test("stats --watch ends when nobody reads its output", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  const child = startCli(["stats", "--watch", "--url", redis.url]);
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, stderr], [0, ""]);
});

for (const [env, bold] of [[{ NO_COLOR: "" }, true], [{ NO_COLOR: "1" }, false]] as const) {
  Deno.test({
    name: `stats prints a table on a terminal, ${bold ? "with" : "without"} colors`,
    ignore: !HAS_TERMINALS,
    async fn() {
      await using redis = await startRedis();
      await fill(redis);
      const { stdout } = await ended(startOnTerminal(["stats", "--url", redis.url], { env }));
      const [title, ...lines] = stdout.trimEnd().split("\r\n");
      assert.equal(title, bold ? "\x1b[1mSTATE          COUNT\x1b[22m" : "STATE          COUNT");
      assert.equal(lines.length, EXPECTED.length);
      for (const line of lines) assert.match(line, /^(?=.{20}$)[a-z-]+ +[\d.no]+$/);
    },
  });
}

Deno.test({
  name: "stats --watch replaces what it drew before",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using redis = await startRedis();
    await using child = startOnTerminal(["stats", "--watch", "--url", redis.url]);
    let shown = "";
    const reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) shown += text;
    })();
    await until("it is drawn twice", () => shown.split("total-dead").length === 3);
    const keyboard = child.stdin.getWriter();
    await keyboard.write(Uint8Array.of(3));
    await reading;
    assert.equal((await child.status).code, 0);
    const [first, second] = shown.split("\x1b[15A");
    assert.equal(first!.split("\x1b[K\r\n").length, 16);
    assert.ok(second!.startsWith("STATE          COUNT  PER SECOND\x1b[K\r\n"), second);
    await keyboard.close().catch(() => {}); // nobody reads it any more
    await child.stderr.cancel();
  },
});
