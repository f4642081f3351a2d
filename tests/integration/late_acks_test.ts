import assert from "node:assert/strict";
import type { QueueItem, SafeRedisQueue } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** Lets the leases of all that is in flight be over, and the items wait again. */
async function endLeases(redis: TestRedis, cleaner: SafeRedisQueue): Promise<void> {
  const { aging } = await readState(redis, "0");
  for (const uid of Object.keys(aging)) await redis.command("ZADD", queueKeys("0").aging, 5, uid);
  await cleaner.size(); // starts its timer
  await until("all wait again", async () => {
    return Object.keys((await readState(redis, "0")).aging).length === 0;
  });
}

/** A worker that holds the next item until `end` says that its handler returns. */
async function slowWorker(queue: SafeRedisQueue) {
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<QueueItem<string>>();
  const drained = queue.drain(async (item) => {
    begun.resolve(item);
    await end.promise;
  }, { maxItems: 1, heartbeat: false });
  const item = await begun.promise;
  return { item, end: () => (end.resolve(), drained) };
}

const never = { autocleanInterval: null };
const often = { autocleanInterval: 0.5 };

for (const again of ["waits", "has failed since as often"] as const) {
  Deno.test(`a late ack of a worker leaves the item that was put again under the name, and ${again}`, async () => {
    await using redis = await startRedis();
    await using slow = redis.queue(never);
    await using other = redis.queue(often);
    await other.put("first", { uid: "invoice-7" });
    const worker = await slowWorker(slow);
    await endLeases(redis, other);
    assert.deepEqual(await other.get(-1), ["invoice-7", "first"]);
    assert.equal(await other.ack("invoice-7"), true);
    await other.put("second", { uid: "invoice-7" });
    if (again !== "waits") {
      await other.get(-1);
      await other.fail("invoice-7");
    }

    assert.equal((await worker.end()).lost, 1);

    assert.deepEqual(await other.get(-1), ["invoice-7", "second"]);
  });
}

for (const uid of [undefined, "invoice-7"]) {
  const what = uid === undefined ? "its own" : "a chosen";
  Deno.test(`a late ack of a worker completes an item under ${what} uid that waits again, or is delayed or dead`, async () => {
    await using redis = await startRedis();
    await using slow = redis.queue(never);
    await using other = redis.queue(often);
    for (const state of ["waiting", "delayed", "dead"] as const) {
      await other.put("item", { uid });
      const worker = await slowWorker(slow);
      if (state === "waiting") await endLeases(redis, other);
      if (state === "delayed") await other.fail(worker.item.uid, { delay: 60 });
      if (state === "dead") {
        await using last = redis.queue({ ...never, maxAttempts: 1 });
        await last.fail(worker.item.uid);
      }
      assert.equal((await other.stats())[state], 1);

      assert.equal((await worker.end()).acked, 1);

      const { waiting, delayed, dead } = await other.stats();
      assert.deepEqual([waiting, delayed, dead], [0, 0, 0]);
    }
  });

  Deno.test(`a late ack of a worker leaves an item under ${what} uid that is in other hands`, async () => {
    await using redis = await startRedis();
    await using slow = redis.queue(never);
    await using other = redis.queue(often);
    await other.put("item", { uid });
    const worker = await slowWorker(slow);
    await endLeases(redis, other);
    const [again] = await other.get(-1);

    assert.equal((await worker.end()).lost, 1);

    assert.equal(await other.inFlight(), 1);
    assert.equal(await other.fail(again!), true);
  });
}

Deno.test("a late ack of a worker leaves an item that a Python consumer has popped", async () => {
  await using redis = await startRedis();
  await using slow = redis.queue(never);
  await using other = redis.queue(often);
  const python = new PythonSide(redis);
  const uid = await other.put("item");
  const worker = await slowWorker(slow);
  await endLeases(redis, other);
  await other.close();
  assert.deepEqual((await python.get(-1))[0], uid);

  assert.equal((await worker.end()).lost, 1);

  assert.deepEqual((await readState(redis, "0")).ackbuf, [uid]);
});

Deno.test("an ack by hand of an item in a handler, or in a loop, belongs to its delivery too", async () => {
  await using redis = await startRedis();
  await using slow = redis.queue(never);
  await using other = redis.queue(often);
  await other.put("first", { uid: "a" });
  for await (const item of slow) {
    await endLeases(redis, other);
    assert.deepEqual(await other.get(-1), ["a", "first"]);
    assert.equal(await item.ack(), false);
    assert.equal(await item.fail(), false);
    break;
  }
  assert.equal(await other.ack("a"), true);
});

Deno.test("a touch renews no lease of another holder, and a late release takes none", async () => {
  await using redis = await startRedis();
  await using slow = redis.queue(never);
  await using other = redis.queue(never);
  const uid = await other.put("item");
  const worker = await slowWorker(slow);
  await other.fail(uid);
  assert.deepEqual(await other.get(-1), [uid, "item"]);
  const { aging } = await readState(redis, "0");

  assert.equal(await worker.item.touch(), false);
  assert.equal(worker.item.signal.aborted, true);
  await worker.item.release();
  await worker.end();

  assert.deepEqual((await readState(redis, "0")).aging, aging);
});
