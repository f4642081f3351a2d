import assert from "node:assert/strict";
import type { QueueItem, SafeRedisQueue } from "../../mod.ts";
import { HeldReplies } from "../helpers/held_replies.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** How a consumer comes to send a claim: it waits for the item, or looks when it is there. */
const WAYS = { "that waited": true, "of what was there": false };

/** A worker whose claim of an item is done, and whose answer is held back. */
async function claimHeld(redis: TestRedis, lease: number, waits: boolean) {
  const replies = new HeldReplies(redis, "EVALSHA");
  const consumer = redis.queue({ connect: replies.connect, autocleanInterval: lease });
  const producer = redis.queue({ autocleanInterval: null });
  const handled: [payload: string, attempt: number][] = [];
  await producer.put("first");
  await consumer.drain(() => {}); // a prompt answer
  const stop = new AbortController();
  const handler = ({ payload, attempt }: QueueItem<string>) =>
    void handled.push([payload, attempt]);
  const put = () => producer.put("late");
  let working: Promise<unknown>;
  let arrived: Promise<unknown>;
  if (waits) {
    working = consumer.consume(handler, { signal: stop.signal });
    await until("it waits", async () => await redis.blockedClients() > 0);
    arrived = replies.hold();
    await put();
  } else {
    await put();
    arrived = replies.hold();
    working = consumer.drain(handler, { signal: stop.signal });
  }
  await arrived;
  await until("it is in flight", async () => await producer.inFlight() === 1);
  return {
    ...{ replies, producer, handled },
    [Symbol.asyncDispose]: async () => {
      replies.release();
      stop.abort();
      await working;
      await Promise.all([consumer, producer].map((queue) => queue.close()));
    },
  };
}

async function takenByAnother(redis: TestRedis): Promise<SafeRedisQueue> {
  const other = redis.queue({ autocleanInterval: 1 });
  const [uid, item] = await other.get(5);
  assert.equal(item, "late");
  await other.ack(uid!);
  return other;
}

for (const [way, waits] of Object.entries(WAYS)) {
  Deno.test(`a claim ${way}, whose answer comes after its lease, begins nothing, and the next item is handled`, async () => {
    await using redis = await startRedis();
    await using held = await claimHeld(redis, 1, waits);
    await using _other = await takenByAnother(redis);
    await held.producer.put("next");
    held.replies.release();
    await until("the next is handled", () => held.handled.length > 0);
    assert.deepEqual(held.handled, [["next", 1]]);
  });

  Deno.test(`a claim ${way}, whose answer comes when much of its lease is over, is made again at once, and counts no attempt`, async () => {
    await using redis = await startRedis();
    await using held = await claimHeld(redis, 3, waits);
    const claimedAt = performance.now();
    await until("much of the lease is over", () => performance.now() - claimedAt > 2_100);
    held.replies.release();
    await until("it is handled", () => held.handled.length > 0);
    assert.ok(performance.now() - claimedAt < 2_900, "it waited for the end of the lease");
    assert.deepEqual(held.handled, [["late", 1]]);
    const { totals } = await held.producer.stats();
    assert.equal(totals.expired, 0);
  });
}
