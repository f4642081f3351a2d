import assert from "node:assert/strict";
import { json, type QueueItem } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { readState } from "../helpers/queue_state.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { until } from "../helpers/until.ts";

/** What a cleaner does whose clock is ahead: it requeues the item although its lease is not over. */
async function requeue(redis: TestRedis, uid: string): Promise<void> {
  const keys = queueKeys("0");
  await redis.command("ZREM", keys.aging, uid);
  await redis.command("HINCRBY", keys.attempts, uid, 1);
  await redis.command("LPUSH", keys.queue, uid);
}

/** Resolves when the item is in flight again. */
async function taken(redis: TestRedis, uid: string): Promise<void> {
  await until("it is in flight again", async () => uid in (await readState(redis, "0")).aging);
}

const never = { autocleanInterval: null };

Deno.test("an item that comes again while its handler runs goes to no second one, and is acked once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue(never);
  const uid = await queue.put("slow");
  const end = Promise.withResolvers<void>();
  const begun: QueueItem<string>[] = [];
  const stop = new AbortController();
  const consumed = queue.consume(async (item) => {
    begun.push(item);
    await end.promise;
  }, { concurrency: 4, signal: stop.signal });
  await until("it has begun", () => begun.length === 1);
  for (let times = 0; times < 3; times++) {
    await requeue(redis, uid);
    await taken(redis, uid);
  }
  const other = await queue.put("other");
  await until("the other has begun", () => begun.length === 2);

  assert.deepEqual(begun.map(({ uid, attempt }) => [uid, attempt]), [[uid, 4], [other, 1]]);
  assert.equal(await begun[0]!.touch(), true);
  end.resolve();
  await until("all are done", async () => (await queue.stats()).totals.acked === 2);
  stop.abort();
  await consumed;
  assert.equal(begun.length, 2);
  assert.deepEqual((await readExtras(redis, "0")).attempts, {});
});

Deno.test("an item that came again and then fails is queued again, as a further attempt", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ ...never, onError: () => {} });
  const uid = await queue.put("slow");
  const end = Promise.withResolvers<void>();
  let begun = 0;
  const drained = queue.consume(async () => {
    begun++;
    await end.promise;
    throw new Error("no");
  }, { concurrency: 2, maxItems: 1, backoff: 60 });
  await until("it has begun", () => begun === 1);
  await requeue(redis, uid);
  // A loop beside it has it come again.
  await queue.put("another");
  for await (const item of queue) {
    assert.equal(item.payload, "another");
    await item.ack();
    break;
  }
  await taken(redis, uid);
  end.resolve();
  await drained;
  const { attempts, delayed } = await readExtras(redis, "0");
  assert.deepEqual([attempts, Object.keys(delayed)], [{ [uid]: 2 }, [uid]]);
});

Deno.test("an item whose lease was lost stays with its handler when it comes again", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue(never);
  const uid = await queue.put("slow");
  const end = Promise.withResolvers<void>();
  const begun: QueueItem<string>[] = [];
  const stop = new AbortController();
  const consumed = queue.consume(async (item) => {
    begun.push(item);
    await end.promise;
  }, { concurrency: 2, signal: stop.signal });
  await until("it has begun", () => begun.length === 1);
  await redis.command("ZREM", queueKeys("0").aging, uid);
  assert.equal(await begun[0]!.touch(), false);
  await redis.command("LPUSH", queueKeys("0").queue, uid);
  // Redis knows of the new lease before its holder does.
  await until("its holder goes on", () => begun[0]!.touch());
  end.resolve();
  await until("it is done", async () => (await queue.stats()).totals.acked === 1);
  stop.abort();
  await consumed;
  assert.equal(begun.length, 1);
});

Deno.test("a plain get gets an item again that it holds", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue(never);
  const uid = await queue.put("item");
  assert.deepEqual(await queue.get(-1), [uid, "item"]);
  await requeue(redis, uid);
  assert.deepEqual(await queue.get(-1), [uid, "item"]);
});

Deno.test("an item that its handler gave back may come to it again", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue(never);
  await queue.put("item");
  const attempts: number[] = [];
  const result = await queue.drain(async (item) => {
    attempts.push(item.attempt);
    if (attempts.length === 1) await item.release();
  });
  assert.deepEqual(attempts, [1, 1]);
  assert.deepEqual([result.released, result.acked], [1, 1]);
});

Deno.test("a drain goes on behind items that can't be read", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<string>({
    ...never,
    serializer: json,
    onError: () => {},
  });
  await redis.command("HSET", queueKeys("0").items, "a", "{");
  await redis.command("LPUSH", queueKeys("0").queue, "a");
  await queue.put("good");
  const { acked, dead, ended } = await queue.drain(() => {});
  assert.deepEqual([acked, dead, ended], [1, 1, "empty"]);
});

Deno.test("an item that failed comes to the loop that failed it, and so it does to a worker", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue(never);
  await queue.put("item");
  const attempts: number[] = [];
  for await (const item of queue) {
    attempts.push(item.attempt);
    if (attempts.length < 4) await item.fail();
    else {
      await item.fail({ delay: 0 });
      break;
    }
  }
  const { failed, acked } = await queue.drain(async (item) => {
    attempts.push(item.attempt);
    if (attempts.length < 8) await item.fail();
  }, { concurrency: 3 });
  assert.deepEqual([attempts, failed, acked], [[1, 2, 3, 4, 5, 6, 7, 8], 3, 1]);
});

Deno.test("an item put again under the uid of one that a handler still works on is another item", async () => {
  await using redis = await startRedis();
  await using slow = redis.queue(never);
  await using other = redis.queue(never);
  await other.put("first", { uid: "a" });
  const end = Promise.withResolvers<void>();
  const handled: string[] = [];
  const consumed = slow.consume(async ({ payload }) => {
    handled.push(payload);
    if (payload === "first") await end.promise;
  }, { concurrency: 2, maxItems: 2 });
  await until("it has begun", () => handled.length === 1);
  await requeue(redis, "a");
  // The handler goes on with it, and somebody else says that it is done.
  await taken(redis, "a");
  await other.ack("a");
  await other.put("second", { uid: "a" });
  await until("the other one is done", async () => (await other.stats()).totals.acked === 2);
  assert.deepEqual(handled, ["first", "second"]);
  await other.put("third", { uid: "a" });
  end.resolve();
  await consumed;
  assert.deepEqual(await other.get(-1), ["a", "third"]);
});
