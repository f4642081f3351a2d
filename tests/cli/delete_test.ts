import assert from "node:assert/strict";
import { runCli, startCli } from "../helpers/cli.ts";
import { inFlight, put, waiting } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("delete deletes the named items, and fails if some are missing", async () => {
  await using redis = await startRedis();
  const [one, two] = await put(redis, ["1", "2", "3"]) as [string, string];
  const outcome = await runCli(["delete", one, two, one, "--url", redis.url]);
  assert.deepEqual(outcome, { code: 0, stdout: "2 items deleted\n", stderr: "" });
  assert.deepEqual((await waiting(redis)).filter((item) => item !== undefined), ["3"]);
  const again = await runCli(["delete", one, "--url", redis.url]);
  const stderr = "There are no such items: 1 of the 1 uids\n";
  assert.deepEqual(again, { code: 1, stdout: "0 items deleted\n", stderr });
});

Deno.test("delete of an item that a worker has in hand ends its command", async () => {
  await using redis = await startRedis();
  const [uid] = await put(redis, ["item"]) as [string];
  const worker = startCli([
    ...["worker", "--count", "1", "--max-attempts", "1", "--url", redis.url],
    ...["--", "sleep", "60"],
  ]);
  await until("it has the item", async () => await inFlight(redis) === 1);
  const deletedAt = performance.now();
  assert.equal((await runCli(["delete", uid, "--url", redis.url])).stdout, "1 item deleted\n");
  const [{ code }, , stderr] = await Promise.all([
    worker.status,
    worker.stdout.cancel(),
    new Response(worker.stderr).text(),
  ]);
  assert.ok(performance.now() - deletedAt < 12_000);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, `Item ${uid}, attempt 1: ended, since the item was deleted\n`);
  assert.equal(await redis.command("ZCARD", "srq:test:dead"), 0);
});

Deno.test("delete --match deletes what is chosen, whatever its state, once that is confirmed", async () => {
  await using redis = await startRedis();
  await put(redis, ["bad 1", "good", "bad 2"]);
  await using queue = redis.queue({ name: "test" });
  await queue.put("bad 3", { delay: 60 });
  const [held] = await queue.get();
  const chosen = (...args: string[]) => runCli(["delete", ...args, "--url", redis.url]);
  assert.equal((await chosen("--match", "bad")).code, 2);
  assert.equal((await chosen("--match", "bad", "--dry-run")).stdout, "3 items would be deleted\n");
  const some = await chosen(
    "--match",
    "bad",
    "--state",
    "waiting,delayed",
    "--limit",
    "1",
    "--yes",
  );
  assert.equal(some.stdout, "1 item deleted\n");
  assert.equal((await queue.find(held!))?.state, "in flight");
  assert.equal((await chosen("--match", "bad", "--yes")).stdout, "2 items deleted\n");
  assert.equal((await queue.stats()).inFlight, 0);
  assert.deepEqual((await queue.get(-1))[1], "good");
});
