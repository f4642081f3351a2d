import assert from "node:assert/strict";
import { ended, runCli, startCli } from "../helpers/cli.ts";
import { printedItems, waiting } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("a paused queue hands out nothing until it is resumed", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  const paused = await runCli(["pause"], { env });
  assert.deepEqual(paused, { code: 0, stdout: 'The queue "test" is paused\n', stderr: "" });
  await runCli(["producer"], { env, input: "item" });
  assert.equal((await runCli(["consumer", "--timeout", "0"], { env })).stdout, "");
  assert.deepEqual(await waiting(redis), ["item"]);

  const consumer = startCli(["consumer", "--count", "1"], { env });
  const resumed = await runCli(["resume"], { env });
  assert.deepEqual(resumed, { code: 0, stdout: 'The queue "test" is resumed\n', stderr: "" });
  assert.deepEqual(printedItems((await ended(consumer)).stdout), ["item"]);
});

Deno.test("pause and resume say if nothing changed", async () => {
  await using redis = await startRedis();
  const args = ["--url", redis.url, "--name", "mails"];
  const { code, stdout } = await runCli(["resume", ...args]);
  assert.deepEqual([code, stdout], [0, 'The queue "mails" was not paused\n']);
  await runCli(["pause", ...args]);
  const again = await runCli(["pause", ...args]);
  assert.deepEqual([again.code, again.stdout], [0, 'The queue "mails" was already paused\n']);
});
