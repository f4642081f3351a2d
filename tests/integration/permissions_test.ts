import assert from "node:assert/strict";
import { run } from "../helpers/program.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("the library needs the permission to reach Redis and no other", async () => {
  await using redis = await startRedis();
  const outcome = await run(
    "round_trip",
    "--no-prompt",
    `--allow-net=127.0.0.1:${redis.port}`,
    redis.url,
  );
  assert.deepEqual(outcome, { code: 0, stdout: "0 0\n", stderr: "" });
});
