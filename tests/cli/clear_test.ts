import assert from "node:assert/strict";
import { runCli } from "../helpers/cli.ts";
import { numbers, put, waiting } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("clear --yes deletes all items of the queue and of no other", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 5));
  const env = { REDIS_URL: redis.url };
  await runCli(["producer", "--delay", "1000"], { env, input: "later" });
  await runCli(["producer", "--name", "other"], { env, input: "other" });
  const outcome = await runCli(["clear", "--yes"], { env });
  assert.deepEqual(outcome, { code: 0, stdout: 'The queue "test" is empty now\n', stderr: "" });
  assert.deepEqual(await redis.command("KEYS", "srq:test:*"), []);
  assert.equal(await redis.command("LLEN", "srq:other:queue"), 1);
});

Deno.test("clear deletes nothing without --yes", async () => {
  await using redis = await startRedis();
  await put(redis, numbers(1, 5));
  assert.equal((await runCli(["clear", "--url", redis.url])).code, 2);
  assert.deepEqual(await waiting(redis), numbers(1, 5));
});
