import assert from "node:assert/strict";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

for (const how of ["returns", "throws"]) {
  Deno.test(`a handler that gives its item back and ${how} leaves no trace`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ maxAttempts: 1 });
    const uids = await queue.putMany(["1", "2"]);
    const result = await queue.drain(async (item) => {
      await item.release();
      assert.ok(item.signal.aborted);
      if (how === "throws") throw new Error("broken off");
    }, { maxItems: 1 });
    assert.deepEqual(result, {
      ...{ acked: 0, failed: 0, dead: 0, released: 1, lost: 0, cancelled: 0 },
      ended: "maxItems",
    });
    assert.deepEqual(await readState(redis, "0"), {
      ...EMPTY,
      items: { [uids[0]!]: "1", [uids[1]!]: "2" },
      queue: uids.toReversed(),
    });
    assert.equal(await redis.command("EXISTS", "srq:0:attempts", "srq:0:dead"), 0);
  });
}

Deno.test("consume ends after maxItems, and takes no more", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const consumed: string[] = [];
  const work = queue.consume(({ payload }) => consumed.push(payload), {
    maxItems: 3,
    concurrency: 2,
  });
  await queue.putMany(["1", "2", "3", "4"]);
  await work;
  assert.deepEqual(consumed, ["1", "2", "3"]);
  assert.equal(await queue.size(), 1);
});
