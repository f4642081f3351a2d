import assert from "node:assert/strict";
import { SafeRedisQueue, type SafeRedisQueueOptions } from "../../mod.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { until } from "../helpers/until.ts";

/** How long it takes to stop a consumer and close its queue, in milliseconds, once Redis is away. */
async function timeToStop(
  away: (server: RedisProcess) => Promise<unknown>,
  options: SafeRedisQueueOptions,
): Promise<number> {
  await using server = await RedisProcess.start();
  const queue = new SafeRedisQueue({
    ...{ hostname: "127.0.0.1", port: server.port, onError: () => {} },
    ...options,
  });
  const stop = new AbortController();
  let begun = 0;
  const consumed = queue.consume(async ({ signal }) => {
    begun++;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }, { concurrency: 2, signal: stop.signal, shutdownTimeout: 0.1 });
  await queue.put("item");
  await until("it has begun", () => begun === 1);
  await away(server);
  // Passes of autoclean, and extensions of the lease, are under way.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const stoppedAt = performance.now();
  stop.abort();
  await consumed;
  await queue.close();
  return performance.now() - stoppedAt;
}

const ways = {
  "has ended": (server: RedisProcess) => server.kill(),
  "is frozen": (server: RedisProcess) => Promise.resolve(server.suspend()),
};

for (const [what, away] of Object.entries(ways)) {
  for (const autocleanInterval of [1, 60, null]) {
    Deno.test(`a consumer with an autocleanInterval of ${autocleanInterval} stops and closes in 3 s where Redis ${what}`, async () => {
      const ms = await timeToStop(away, { autocleanInterval });
      assert.ok(ms < 3_000, `it took ${ms} ms`);
    });
  }
}
