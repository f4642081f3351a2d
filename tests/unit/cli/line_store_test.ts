import assert from "node:assert/strict";
import { bytes, SafeRedisQueue } from "../../../mod.ts";
import { LineStore } from "../../../src/cli/line_store.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";

Deno.test("when Redis does not answer, the error tells what may be stored", async () => {
  await using redis = await RedisProcess.start();
  const queue = new SafeRedisQueue({
    port: redis.port,
    serializer: bytes,
    autocleanInterval: null,
    commandTimeout: 2, // enough to connect, on a busy machine too
  });
  const { signal: overdue } = new AbortController();
  const store = new LineStore(queue, { json: false, verbose: false, delay: 0, overdue });
  const line = new TextEncoder().encode("line");
  await store.put([line, line]);
  redis.suspend();
  await assert.rejects(store.put([line, line, line]), {
    message:
      /^Line 3 could not be stored: Cannot put 3 items: Redis at .* did not answer .*; 2 lines are stored for certain, and up to 3 more may be$/,
  });
  assert.equal(store.stored, 2);
  redis.resume();
  await queue.close();
});
