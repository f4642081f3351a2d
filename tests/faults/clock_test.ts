import assert from "node:assert/strict";
import { startProgram } from "../helpers/program.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

for (const hours of [-48, 48]) {
  Deno.test(`leases count by Redis's clock, with the consumer's ${hours} hours off`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ autocleanInterval: null });
    const uid = await queue.put("a");
    const before = await redis.now();
    await using consumer = startProgram("shifted_clock", hours, "consumer", redis.port, "hold", 1);
    assert.equal((await consumer.lines.next()).value, JSON.stringify([uid]));
    const { aging: { [uid]: score } } = await readState(redis, "0");
    assert(before < score! && score! <= await redis.now(), "the lease began just now");

    await until("the consumer's own cleaner requeues it", async () => await queue.size() === 1);
    const lasted = await redis.now() - score!;
    assert(lasted > 1e6 && lasted < 3e6, `its lease lasted ${lasted} µs in place of 1,000,000`);
  });
}
