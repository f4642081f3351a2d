import assert from "node:assert/strict";
import { startProgram } from "../helpers/program.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("items of a consumer that was killed come back after their leases, once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 1 });
  const uids = await queue.putMany(["a", "b", "c"]);
  await using consumer = startProgram("consumer", redis.port, "hold", 3);
  assert.equal((await consumer.lines.next()).value, JSON.stringify(uids));
  const { aging } = await readState(redis, "0");
  await consumer.kill();

  const got: string[] = [];
  while (got.length < 3) {
    const [uid] = await queue.get(10);
    assert(uid !== null);
    assert(await redis.now() - aging[uid]! > 1e6, "its lease has run out");
    got.push(uid);
  }
  assert.deepEqual(got.sort(), uids.sort());
  assert.deepEqual(await queue.ackMany(got), [true, true, true]);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("a consumer that was killed while it waited takes nothing with it", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 1 });
  await using consumer = startProgram("consumer", redis.port, "wait");
  await until("it waits", async () => await redis.blockedClients() === 1);
  await consumer.kill();
  await until("Redis knows", async () => await redis.blockedClients() === 0);
  const uid = await queue.put("a");
  assert.deepEqual(await queue.get(-1), [uid, "a"]);
  await queue.ack(uid);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("an item that arrives as a waiting consumer is killed comes back, once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 1 });
  for (let round = 0; round < 3; round++) {
    await using consumer = startProgram("consumer", redis.port, "wait");
    await until("it waits", async () => await redis.blockedClients() === 1);
    const [uid] = await Promise.all([queue.put("a"), consumer.kill()]);
    assert.deepEqual(await queue.get(10), [uid, "a"]);
    assert.equal(await queue.ack(uid), true);
    assert.deepEqual(await readState(redis, "0"), EMPTY);
  }
});

Deno.test("an item whose consumer was killed between pop and lease comes back, once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.5 });
  await seed(redis, "0", { items: { u: "a" }, ackbuf: ["u"] });
  const seededAt = await redis.now();
  assert.deepEqual(await queue.get(10), ["u", "a"]);
  assert(await redis.now() - seededAt > 0.5e6);
  assert.equal(await queue.ack("u"), true);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});
