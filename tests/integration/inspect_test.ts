import assert from "node:assert/strict";
import { json } from "../../mod.ts";
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
    ...{ parked: 0, held: 0, heldKeys: [] },
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
    ...{ parked: 0, held: 0, heldKeys: [] },
    paused: true,
    totals: { ...none, put: 5, acked: 1, failed: 1 },
  });
  assert.ok(oldestAge! >= 0 && oldestAge! <= (Date.now() - before) / 1000 + 0.05);
  await queue.ack(c);
  await queue.clear();
  const { paused, totals } = await queue.stats();
  assert.deepEqual([paused, totals], [true, none]);
});

Deno.test("the age of the next item is null where its uid tells no time", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("item", { uid: "no UUID" });
  assert.equal((await queue.stats()).oldestAge, null);
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
