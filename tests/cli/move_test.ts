import assert from "node:assert/strict";
import { runCli, startCli } from "../helpers/cli.ts";
import { numbers, put } from "../helpers/cli_queue.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

function move(redis: TestRedis, ...args: string[]) {
  return runCli(["move", ...args, "--url", redis.url]);
}

/** The payloads that a queue delivers, in order. */
async function delivered(redis: TestRedis, name: string): Promise<string[]> {
  await using queue = redis.queue({ name });
  const items: string[] = [];
  for (let got = await queue.getMany(1_000, -1); got.length > 0;) {
    items.push(...got.map(([, item]) => item));
    got = await queue.getMany(1_000, -1);
  }
  return items;
}

Deno.test("move moves all but what is in flight, in order, also while the queue is paused", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test", maxAttempts: 1 });
  await queue.putMany(["held", "dead"]);
  const [, [dead]] = await queue.getMany(2) as [[string, string], [string, string]];
  await queue.fail(dead);
  const items = numbers(1, 1_200);
  const uids = await queue.putMany(items);
  await queue.put("later", { delay: 60 });
  await queue.pause();
  const outcome = await move(redis, "other");
  const stdout = '1202 items moved from "test" to "other"\n';
  assert.deepEqual(outcome, { code: 0, stdout, stderr: "" });
  await using other = redis.queue({ name: "other" });
  const { waiting, delayed, dead: buried } = await other.stats();
  assert.deepEqual([waiting, delayed, buried], [1_200, 1, 1]);
  const { items: listed } = await other.list("waiting", { limit: 1_000 });
  assert.deepEqual(listed.map(({ uid }) => uid), uids.slice(0, 1_000));
  assert.deepEqual(await delivered(redis, "other"), items);
  assert.equal((await queue.stats()).inFlight, 1);
});

Deno.test("move --match, --where, --state and --limit choose items, and --dry-run moves none", async () => {
  await using redis = await startRedis();
  await put(redis, ['{"a":{"b":7}}', '{"a":{"b":"7"}}', '{"a":{"b":8}}', '{"a":7}', "7"]);
  await using queue = redis.queue({ name: "test" });
  await queue.put('{"a":{"b":7},"c":null}', { delay: 60 });
  assert.match(
    (await move(redis, "x", "--where", "a.b=7", "--dry-run")).stdout,
    /^3 items would be/,
  );
  assert.equal((await queue.stats()).waiting, 5);
  const args = ["--where", "a.b=7", "--state", "waiting", "--limit", "1"];
  assert.match((await move(redis, "x", ...args)).stdout, /^1 item moved/);
  assert.match((await move(redis, "x", "--match", '"b":8')).stdout, /^1 item moved/);
  assert.match((await move(redis, "x", "--where", "c=null")).stdout, /^1 item moved/);
  assert.deepEqual(await delivered(redis, "x"), ['{"a":{"b":7}}', '{"a":{"b":8}}']);
  assert.equal((await queue.stats()).waiting, 3);
});

Deno.test("move that is killed has lost and doubled nothing, and goes on when it is run again", async () => {
  await using redis = await startRedis();
  const items = numbers(1, 20_000);
  await put(redis, items);
  const child = startCli(["move", "other", "--url", redis.url]);
  await until("some are moved", async () => await redis.command("HLEN", "srq:other:items") !== 0);
  child.kill("SIGKILL");
  await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  const left = Number(await redis.command("HLEN", "srq:test:items"));
  const moved = Number(await redis.command("HLEN", "srq:other:items"));
  assert.equal(left + moved, 20_000);
  assert.ok(left > 0, "it was killed too late");
  assert.equal((await move(redis, "other")).stdout, `${left} items moved from "test" to "other"\n`);
  assert.deepEqual(await delivered(redis, "other"), items);
  assert.deepEqual(await delivered(redis, "test"), []);
});

Deno.test("move says which items stay, and fails", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  await queue.putMany(["a", "b"], { orderKey: "k" });
  await queue.get();
  await queue.put("c", { uid: "mine" });
  await using other = redis.queue({ name: "other" });
  await other.put("c", { uid: "mine" });
  const { code, stderr } = await move(redis, "other");
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "1 item not moved: the other queue has items with the same uids; 1 item not moved: an item with " +
      "the same order key, which comes before them, was not moved\n",
  );
});
