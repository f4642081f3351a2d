import assert from "node:assert/strict";
import { json } from "../../mod.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("stats counts each state, and what was done", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 2 });
  const none = { put: 0, acked: 0, failed: 0, expired: 0, dead: 0 };
  assert.deepEqual(await queue.stats(), {
    waiting: 0,
    delayed: 0,
    inFlight: 0,
    dead: 0,
    ...{ parked: 0, held: 0, heldKeys: [], consumers: 0 },
    paused: false,
    oldestAge: null,
    totals: none,
  });
  const before = Date.now();
  await queue.putMany(["a", "b", "c", "d"]);
  await queue.put("e", { delay: 60 });
  const [a, b, c] = (await queue.getMany(3)).map(([uid]) => uid) as [string, string, string];
  await queue.ack(a);
  await queue.fail(b);
  await queue.pause();
  const { oldestAge, ...counts } = await queue.stats();
  assert.deepEqual(counts, {
    waiting: 2,
    delayed: 1,
    inFlight: 1,
    dead: 0,
    ...{ parked: 0, held: 0, heldKeys: [], consumers: 0 },
    paused: true,
    totals: { ...none, put: 5, acked: 1, failed: 1 },
  });
  assert.ok(oldestAge! >= 0 && oldestAge! <= (Date.now() - before) / 1000 + 0.05);
  await queue.ack(c);
  await queue.clear();
  const { paused, totals } = await queue.stats();
  assert.deepEqual([paused, totals], [true, none]);
});

for (const uid of ["no UUID", "01890000-0000-7000-8000-000000000000"]) {
  Deno.test(`the age of the next item is known if its producer called it ${uid}`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue();
    const before = await redis.now();
    await queue.put("item", { uid });
    await queue.put("item");
    const { oldestAge } = await queue.stats();
    assert.ok(oldestAge !== null && oldestAge >= 0, `${oldestAge}`);
    assert.ok(oldestAge <= (await redis.now() - before) / 1e6, `${oldestAge}`);
  });
}

Deno.test("the age of the next item is null if Python put it, which notes no time", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const python = new PythonSide(redis);
  await python.put("item");
  assert.equal((await queue.stats()).oldestAge, null);
  await queue.drain(({ enqueuedAt }) => assert.equal(enqueuedAt, null));
  await queue.put("item", { uid: "own" });
  await queue.drain(({ enqueuedAt }) => assert.equal(enqueuedAt, null));
});

Deno.test("totals cost no round trip", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await queue.ack(await queue.put("first").then((uid) => queue.get().then(() => uid)));
  await redis.resetCalls();
  const uid = await queue.put("second");
  await queue.get();
  await queue.ack(uid);
  const { evalsha } = await redis.calls();
  assert.equal(evalsha, 3);
});

Deno.test("peek shows the next items, and leaves all as it is", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: json });
  await using raw = redis.queue();
  const first = await queue.put({ n: 1 });
  const second = await raw.put("no JSON");
  await queue.put({ n: 3 });
  const before = await readState(redis, "0");
  const items = await queue.peek(2);
  assert.deepEqual(items.map(({ uid, payload }) => [uid, payload]), [
    [first, { n: 1 }],
    [second, undefined],
  ]);
  assert.equal(new TextDecoder().decode(items[1]!.bytes), "no JSON");
  assert.equal((await queue.peek()).length, 1);
  assert.deepEqual(await readState(redis, "0"), before);
  for (const count of [0, 1.5, 1_001, NaN]) {
    await assert.rejects(queue.peek(count), { name: "TypeError" });
  }
});

Deno.test("a paused queue hands out nothing, to those who wait already too, and takes puts", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  await using other = redis.queue();
  const got = consumer.get();
  await until("it waits", async () => await redis.blockedClients() === 1);
  assert.equal(await other.pause(), true);
  assert.equal(await other.pause(), false);
  const uids = await other.putMany(["a", "b"]);
  await until("what was popped is back", async () => {
    return (await readState(redis, "0")).queue.length === 2 &&
      await redis.blockedClients() === 0;
  });
  assert.deepEqual(await other.get(0.2), [null, null]);
  assert.deepEqual(await other.getMany(5, -1), []);
  assert.equal(await other.resume(), true);
  assert.equal(await other.resume(), false);
  const resumedAt = performance.now();
  assert.deepEqual(await got, [uids[0], "a"]);
  assert.ok(performance.now() - resumedAt < 1_500);
  assert.deepEqual(await consumer.get(), [uids[1], "b"]);
});

for (const concurrency of [1, 10]) {
  Deno.test(`drain says that the queue is paused, also if it was paused while it worked, ${concurrency} at once`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue();
    await queue.putMany(Array.from({ length: 50 }, (_, i) => `${i}`));
    const handler = async () => void await queue.pause();

    const first = await queue.drain(handler, { concurrency });
    const second = await queue.drain(handler, { concurrency });
    const { waiting } = await queue.stats();
    await queue.resume();
    const third = await queue.drain(() => {}, { concurrency });

    assert.equal(first.ended, "paused");
    assert.ok(first.acked > 0 && first.acked < 50);
    assert.deepEqual([second.acked, second.ended], [0, "paused"]);
    assert.deepEqual([third.acked, third.ended], [waiting, "empty"]);
  });
}
