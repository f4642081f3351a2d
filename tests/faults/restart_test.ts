import assert from "node:assert/strict";
import { RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
import { FastClock } from "../helpers/fast_clock.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { drain, Traffic } from "../helpers/traffic.ts";

for (const [seconds, factor] of [[1, 1], [60, 8]] as const) {
  Deno.test(`with Redis away for ${seconds} s under traffic, all carry on and nothing is lost`, async () => {
    using clock = new FastClock();
    await using server = await RedisProcess.start();
    await using queues = new AsyncDisposableStack();
    const options = { hostname: "127.0.0.1", port: server.port, commandTimeout: 2 };
    const log = new ErrorLog();
    const open = (name: string) =>
      queues.use(
        new SafeRedisQueue({ ...options, name, autocleanInterval: 1, onError: log.onError }),
      );
    const busy = open("busy");
    const traffic = new Traffic(busy, open("busy"));
    const idle = open("idle");
    const waiting = idle.get();
    await traffic.flows();

    await server.kill();
    clock.factor = factor;
    const killedAt = performance.now();
    const elapsed = () => performance.now() - killedAt;
    if (seconds > 2) {
      await rejectionOf(RedisUnavailableError, idle.size()); // from here on it knows
      const knownAt = elapsed();
      const refusal = await rejectionOf(RedisUnavailableError, idle.put(SECRET));
      assert(elapsed() - knownAt < 2_000 + 1_000 * factor);
      assert.equal(refusal.mayHaveHappened, false);
      assert.deepEqual(refusal.uids, []);
      const [refused] = await Promise.all([
        rejectionOf(RedisUnavailableError, idle.putMany([SECRET, SECRET])),
        rejectionOf(RedisUnavailableError, idle.get(1)),
        rejectionOf(RedisUnavailableError, idle.ack("some uid")),
      ]);
      assert.equal(refused.mayHaveHappened, false);
    }
    await sleep(seconds * 1000 - elapsed());
    clock.factor = 1;
    await server.startAgain();

    const backAt = performance.now();
    const uid = await idle.put("Hello");
    assert.deepEqual(await waiting, [uid, "Hello"]);
    assert.equal(await idle.ack(uid), true);
    assert(performance.now() - backAt < 1_000, "all go on within a second of its return");
    await traffic.flows();
    await traffic.end();
    assert(log.errors.every((error) => error instanceof RedisUnavailableError), log.text);

    await using redis = await server.connect();
    await drain(redis, busy);
    await drain(redis, idle);
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
