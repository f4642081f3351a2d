import assert from "node:assert/strict";
import { validate as isUuid7 } from "@std/uuid/v7";
import type { SafeRedisQueue } from "../../mod.ts";
import { startRedis } from "../helpers/redis.ts";

/** Takes and acks all items that wait. */
async function drain(queue: SafeRedisQueue): Promise<string[]> {
  const items: string[] = [];
  for (;;) {
    const [uid, item] = await queue.get(-1);
    if (uid === null) return items;
    items.push(item);
    assert.equal(await queue.ack(uid), true);
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

Deno.test("items come out in the order they were put", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  for (const item of numbers(20)) await queue.put(item);
  assert.deepEqual(await drain(queue), numbers(20));
});

Deno.test("puts that nobody awaits keep the order of the calls, over many batches", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const puts = numbers(2_500).map((item) => queue.put(item));
  const uids = await Promise.all(puts);
  assert.equal(new Set(uids).size, 2_500);
  assert.ok(uids.every(isUuid7));
  assert.deepEqual(await drain(queue), numbers(2_500));
});

Deno.test("put, putMany and put again keep the order of the calls", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await Promise.all([
    queue.put("0"),
    queue.putMany(["1", "2"]),
    queue.putMany([]),
    queue.put("3"),
    queue.putMany(new Set(["4", "5"])),
    queue.put("6"),
  ]);
  assert.deepEqual(await drain(queue), numbers(7));
});

Deno.test("items too large for one batch keep the order of the calls", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const items = numbers(7).map((item) => item.repeat(Number(item) % 2 === 0 ? 3_000_000 : 10));
  const uids = await queue.putMany(items);

  const taken = await queue.getMany(10);
  while (taken.length < items.length) taken.push(...await queue.getMany(10));

  assert.deepEqual(taken.map(([uid]) => uid), uids);
  assert.ok(taken.every(([, item], i) => item === items[i]));
});

Deno.test("gets that nobody awaits are served in the order of the calls", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uids = await queue.putMany(numbers(150));
  const gets = numbers(150).map(() => queue.get());
  assert.deepEqual(await Promise.all(gets), uids.map((uid, i) => [uid, String(i)]));
});

Deno.test("getMany takes the oldest items, in order, and no more than asked for", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uids = await queue.putMany(numbers(25));
  const expected = uids.map((uid, i) => [uid, String(i)]);
  assert.deepEqual(await queue.getMany(10), expected.slice(0, 10));
  assert.deepEqual(await Promise.all([queue.getMany(3), queue.get(), queue.getMany(2)]), [
    expected.slice(10, 13),
    expected[13],
    expected.slice(14, 16),
  ]);
  assert.deepEqual(await queue.getMany(1e9), expected.slice(16));
  assert.deepEqual(await queue.getMany(10, -1), []);
});

Deno.test("one getMany takes a thousand items at most", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(numbers(1_001));
  const items = await queue.getMany(Number.MAX_SAFE_INTEGER);
  assert.deepEqual(items.map(([, item]) => item), numbers(1_000));
});

Deno.test("a failed item goes behind those that wait", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(numbers(3));
  const [uid] = await queue.get();
  assert.ok(uid !== null);
  assert.equal(await queue.fail(uid), true);
  assert.deepEqual(await drain(queue), ["1", "2", "0"]);
});

Deno.test("size and inFlight count what waits and what consumers hold", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const counts = async () => [await queue.size(), await queue.inFlight()];
  assert.deepEqual(await counts(), [0, 0]);
  await queue.putMany(numbers(5));
  assert.deepEqual(await counts(), [5, 0]);
  const [first, second] = (await queue.getMany(2)).map(([uid]) => uid);
  assert.deepEqual(await counts(), [3, 2]);
  await queue.ack(first!);
  assert.deepEqual(await counts(), [3, 1]);
  await queue.fail(second!);
  assert.deepEqual(await counts(), [4, 0]);
  await queue.clear();
  assert.deepEqual(await counts(), [0, 0]);
  assert.deepEqual(await redis.keys(), []);
});
