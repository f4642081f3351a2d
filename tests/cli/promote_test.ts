import assert from "node:assert/strict";
import { runCli } from "../helpers/cli.ts";
import { waiting } from "../helpers/cli_queue.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("promote queues the named items, and fails if some are not delayed", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  const uids = [await queue.put("1", { delay: 60 }), await queue.put("2", { delay: 30 })];
  const outcome = await runCli(["promote", ...uids, "none", "--url", redis.url]);
  const stderr = "Not delayed: 1 of the 3 uids\n";
  assert.deepEqual(outcome, { code: 1, stdout: "2 items promoted\n", stderr });
  assert.deepEqual(await waiting(redis), ["1", "2"]);
});
