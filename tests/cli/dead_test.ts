import assert from "node:assert/strict";
import { runCli } from "../helpers/cli.ts";
import { numbers, put, waiting } from "../helpers/cli_queue.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

/** Makes dead letters of `items`; resolves to their uids. */
async function bury(redis: TestRedis, items: string[]): Promise<string[]> {
  await using queue = redis.queue({ name: "test", maxAttempts: 1 });
  const uids = await queue.putMany(items);
  for (const [uid, item] of await queue.getMany(items.length)) {
    await queue.fail(uid, { error: `no ${item}` });
  }
  return uids;
}

function dead(redis: TestRedis, ...args: string[]) {
  return runCli(["dead", ...args, "--url", redis.url]);
}

Deno.test("dead list prints all dead letters, the longest dead first", async () => {
  await using redis = await startRedis();
  const items = numbers(1, 250); // several pages
  const uids = await bury(redis, items);
  const { code, stdout } = await dead(redis, "list");
  assert.equal(code, 0);
  const rows = stdout.trimEnd().split("\n").map((line) => line.split("\t"));
  assert.deepEqual(
    rows.map(([uid, , ...rest]) => [uid, ...rest]),
    items.map((item, i) => [uids[i], "1", `no ${item}`, item]),
  );
  for (const [, time] of rows) assert.ok(Math.abs(Date.now() - Date.parse(time!)) < 60_000, time);
});

Deno.test("dead list --limit prints that many", async () => {
  await using redis = await startRedis();
  await bury(redis, numbers(1, 250));
  const { stdout } = await dead(redis, "list", "--limit", "150", "--json");
  const letters = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(letters.map(({ item }) => item), numbers(1, 150).map(Number));
});

Deno.test("dead list --json prints objects", async () => {
  await using redis = await startRedis();
  const [uid] = await bury(redis, ["some text"]);
  const { diedAt, enqueuedAt, ...rest } = JSON.parse((await dead(redis, "list", "--json")).stdout);
  const error = "no some text";
  assert.deepEqual(rest, { uid, state: "dead", attempts: 1, error, text: "some text" });
  assert.ok(Date.parse(enqueuedAt) <= Date.parse(diedAt), `${enqueuedAt} ${diedAt}`);
  await redis.command("HSET", "srq:test:headers", uid!, '{"tenant":"acme"}');
  const { headers } = JSON.parse((await dead(redis, "list", "--json")).stdout);
  assert.deepEqual(headers, { tenant: "acme" });
  assert.ok(Math.abs(Date.now() - Date.parse(diedAt)) < 60_000, diedAt);
});

Deno.test("dead list --raw prints the items as they are", async () => {
  await using redis = await startRedis();
  await bury(redis, ["a\\\tb", "", "two\nlines"]);
  assert.equal((await dead(redis, "list", "--raw")).stdout, "a\\\tb\n\ntwo\nlines\n");
});

Deno.test("dead list prints nothing if there are no dead letters", async () => {
  await using redis = await startRedis();
  await put(redis, ["item"]);
  assert.deepEqual(await dead(redis, "list"), { code: 0, stdout: "", stderr: "" });
});

Deno.test("dead requeue queues the named dead letters", async () => {
  await using redis = await startRedis();
  const [one, , three] = await bury(redis, ["1", "2", "3"]) as [string, string, string];
  const outcome = await dead(redis, "requeue", one, three);
  assert.deepEqual(outcome, { code: 0, stdout: "2 dead letters requeued\n", stderr: "" });
  assert.deepEqual(await waiting(redis), ["1", "3"]);
  assert.equal(await redis.command("ZCARD", "srq:test:dead"), 1);
});

Deno.test("dead requeue --all queues all", async () => {
  await using redis = await startRedis();
  await bury(redis, numbers(1, 250));
  assert.equal((await dead(redis, "requeue", "--all")).stdout, "250 dead letters requeued\n");
  assert.deepEqual(await waiting(redis), numbers(1, 250));
});

Deno.test("dead delete deletes the named dead letters, or all", async () => {
  await using redis = await startRedis();
  const [one] = await bury(redis, ["1", "2", "3"]) as [string];
  assert.equal((await dead(redis, "delete", one)).stdout, "1 dead letter deleted\n");
  assert.equal(await redis.command("HLEN", "srq:test:items"), 2);
  assert.equal((await dead(redis, "delete", "--all")).stdout, "2 dead letters deleted\n");
  assert.equal(await redis.command("EXISTS", "srq:test:items", "srq:test:dead"), 0);
});

Deno.test("a uid that is not a dead letter's makes the command fail, after it has done the others", async () => {
  await using redis = await startRedis();
  const [one] = await bury(redis, ["1"]) as [string];
  const outcome = await dead(redis, "requeue", "nobody", one);
  const stderr = "Not among the dead letters: 1 of the 2 uids\n";
  assert.deepEqual(outcome, { code: 1, stdout: "1 dead letter requeued\n", stderr });
  assert.deepEqual(await waiting(redis), ["1"]);
});

for (const uid of ["007", "all", "--all", "1e3"]) {
  Deno.test(`a uid may be "${uid}"`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ name: "test", maxAttempts: 1 });
    await queue.put("other");
    await queue.put("item", { uid });
    for (const [uid] of await queue.getMany(2)) await queue.fail(uid);
    const { code, stderr } = await runCli(["dead", "requeue", "--url", redis.url, "--", uid]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(await waiting(redis), ["item"]);
  });
}
