import assert from "node:assert/strict";
import { runProgram } from "../helpers/program.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("the library needs the permission to reach Redis and no other", async () => {
  await using redis = await startRedis();
  const outcome = await runProgram(
    "round_trip",
    "--no-prompt",
    `--allow-net=127.0.0.1:${redis.port}`,
    redis.url,
  );
  assert.deepEqual(outcome, { code: 0, stdout: "0 0\n", stderr: "" });
});

Deno.test("a unix socket needs the permissions to read and write it besides", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const socket = `${dir}/redis.sock`;
    await using _redis = await startRedis(["--unixsocket", socket]);
    const permissions = ["--allow-net", `--allow-read=${socket}`, `--allow-write=${socket}`];
    const outcome = await runProgram(
      "round_trip",
      "--no-prompt",
      ...permissions,
      `unix://${socket}`,
    );
    assert.deepEqual(outcome, { code: 0, stdout: "0 0\n", stderr: "" });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
