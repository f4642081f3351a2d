import assert from "node:assert/strict";
import { cliWords, ended, runCli, startCli } from "../helpers/cli.ts";
import { printedItems, put, waiting } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("a paused queue hands out nothing until it is resumed", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  await put(redis, ["first"]);
  const paused = await runCli(["pause"], { env });
  assert.deepEqual(paused, { code: 0, stdout: 'The queue "test" is paused\n', stderr: "" });
  await runCli(["producer"], { env, input: "item" });
  assert.deepEqual(await waiting(redis), ["first", "item"]);

  const consumer = startCli(["consumer", "--count", "2"], { env });
  const resumed = await runCli(["resume"], { env });
  assert.deepEqual(resumed, { code: 0, stdout: 'The queue "test" is resumed\n', stderr: "" });
  assert.deepEqual(printedItems((await ended(consumer)).stdout), ["first", "item"]);
});

const ENDS = [
  ["consumer", "--idle", "0"],
  ["consumer", "--idle", "0.2"],
  ["consumer", "--timeout", "0"],
  ["worker", "--drain", "--", "cat"],
  ["consumer", "--exec", "cat", "--drain"],
];

for (const args of ENDS) {
  Deno.test(`${args.join(" ")} ends at a paused queue, and says so`, async () => {
    await using redis = await startRedis();
    await put(redis, ["1", "2", "3"]);
    await runCli(["pause", "--url", redis.url]);
    const stderr =
      'The queue "test" is paused, with 3 waiting: no consumer gets an item until resume\n';
    const [command = "", ...rest] = args;
    const outcome = await runCli([command, "--url", redis.url, ...rest]);
    assert.deepEqual(outcome, { code: 4, stdout: "", stderr });
    assert.deepEqual(await waiting(redis), ["1", "2", "3"]);
  });
}

Deno.test("a worker tells what it did before the queue was paused", async () => {
  await using redis = await startRedis();
  await put(redis, ["1", "2", "3"]);
  const pause = cliWords(["pause", "--url", redis.url]);
  const args = ["worker", "--drain", "--url", redis.url, "--", ...pause];
  const { code, stdout, stderr } = await runCli(args);
  assert.deepEqual([code, stdout], [4, 'The queue "test" is paused\n']);
  assert.match(
    stderr,
    /^1 acked, 0 failed, 0 dead, 0 still delayed\. The queue "test" is paused, with 2 /,
  );
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
