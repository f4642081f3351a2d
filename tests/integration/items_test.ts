import assert from "node:assert/strict";
import { bytes, ItemDeletedError, json, LeaseLostError } from "../../mod.ts";
import { FakeIntervals } from "../helpers/fake_intervals.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("an item is found in each state, until it is done", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<{ n: number }>({ serializer: json, maxAttempts: 2 });
  const uid = await queue.put({ n: 5 }, { delay: 60, orderKey: "k" });
  const delayed = await queue.find(uid);
  assert.deepEqual([delayed?.state, delayed?.payload, delayed?.orderKey], [
    "delayed",
    { n: 5 },
    "k",
  ]);
  assert.deepEqual(delayed?.bytes, new TextEncoder().encode('{"n":5}'));
  assert.ok(Math.abs(delayed!.dueAt!.getTime() - Date.now() - 60_000) < 5_000);
  assert.ok(Math.abs(delayed!.enqueuedAt!.getTime() - Date.now()) < 5_000);

  assert.equal(await queue.promote(uid), 1);
  assert.equal((await queue.find(uid))?.state, "waiting");
  await queue.get();
  const held = await queue.find(uid);
  assert.equal(held?.state, "in flight");
  assert.ok(Math.abs(held!.leaseEndsAt!.getTime() - Date.now() - 60_000) < 5_000);
  await queue.fail(uid, { error: "no" });
  const failed = await queue.find(uid);
  assert.deepEqual([failed?.state, failed?.attempts, failed?.error], ["waiting", 1, "no"]);
  await queue.get();
  await queue.fail(uid);
  const dead = await queue.find(uid);
  assert.equal(dead?.state, "dead");
  assert.ok(Math.abs(dead!.diedAt!.getTime() - Date.now()) < 5_000);
  assert.deepEqual([dead?.dueAt, dead?.leaseEndsAt], [undefined, undefined]);
  await queue.dead.requeue(uid);
  await queue.get();
  await queue.ack(uid);
  assert.equal(await queue.find(uid), null);
});

Deno.test("an item whose payload can't be read is found with its bytes", async () => {
  await using redis = await startRedis();
  await using writer = redis.queue<Uint8Array>({ serializer: bytes });
  await using queue = redis.queue({ serializer: json });
  const uid = await writer.put(Uint8Array.of(255));
  const item = await queue.find(uid);
  assert.deepEqual([item?.payload, item?.bytes], [undefined, Uint8Array.of(255)]);
});

Deno.test("when an item was put under a chosen uid is known, and not of an item of Python", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("a", { uid: "mine" });
  const { enqueuedAt } = (await queue.find("mine"))!;
  assert.ok(Math.abs(enqueuedAt!.getTime() - Date.now()) < 5_000);
  await new PythonSide(redis).put("b");
  const { items } = await queue.list("waiting");
  assert.equal(items.find(({ payload }) => payload === "b")!.enqueuedAt, undefined);
});

Deno.test("the items of a state are listed page by page, and searched", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uids = await queue.putMany(Array.from({ length: 25 }, (_, i) => `item ${i}`));
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.list("waiting", { limit: 10, cursor });
    listed.push(...page.items.map(({ uid }) => uid));
    cursor = page.cursor;
  } while (cursor !== undefined);
  assert.deepEqual(listed, uids);
  const { items } = await queue.list("waiting", { search: "item 2" });
  assert.deepEqual(items.map(({ payload }) => payload), [
    ...["item 2", "item 20", "item 21", "item 22", "item 23", "item 24"],
  ]);
  assert.deepEqual(await queue.list("delayed"), { items: [], cursor: undefined });
});

Deno.test("a list that is not waited for any more rejects with the reason of its signal", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const reason = new Error("enough");
  await assert.rejects(queue.list("dead", { signal: AbortSignal.abort(reason) }), reason);
});

Deno.test("items are deleted whatever their state, and leave no trace", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const [dead, held] = await queue.putMany(["dead", "held"]);
  await queue.getMany(2);
  await queue.fail(dead!);
  const waiting = await queue.put("waiting", { uid: "chosen" });
  const delayed = await queue.put("delayed", { delay: 60 });
  assert.equal(await queue.delete([dead!, held!, waiting, delayed, "none"]), 4);
  assert.equal(await queue.delete(held!), 0);
  assert.deepEqual(await queue.get(-1), [null, null]);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
  assert.equal((await queue.stats()).totals.acked, 0);
});

Deno.test("a promoted item is delivered at once to a consumer that waits, and once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("item", { delay: 0.5 });
  const got = queue.get(5);
  await until("it waits", async () => await redis.blockedClients() === 1);
  const [, promoted] = await Promise.all([queue.promote(uid), queue.promote([uid, uid])]);
  assert.equal(promoted, 0);
  assert.deepEqual(await got, [uid, "item"]);
  await queue.ack(uid);
  assert.deepEqual(await queue.get(1), [null, null]); // past the time at which it was due
});

/** Runs `during` while a handler is at work on an item of a queue with leases of an hour; resolves to what came of it. */
async function cancelled(
  during: (
    queue: ReturnType<Awaited<ReturnType<typeof startRedis>>["queue"]>,
    uid: string,
  ) => Promise<unknown>,
  end: (item: { ack(): Promise<boolean>; fail(): Promise<boolean> }) => unknown,
) {
  await using redis = await startRedis();
  using intervals = new FakeIntervals();
  const errors: unknown[] = [];
  await using queue = redis.queue({ lease: 3_600, onError: (error) => errors.push(error) });
  const uid = await queue.put("item", { uid: "mine" });
  const begun = Promise.withResolvers<void>();
  let reason: unknown, answer: unknown;
  const drained = queue.drain(async (item) => {
    begun.resolve();
    await new Promise((resolve) => item.signal.addEventListener("abort", resolve));
    reason = item.signal.reason;
    answer = await end(item);
  }, { maxItems: 1 });
  await begun.promise;
  await during(queue, uid);
  // The heartbeat, which is due within five seconds.
  assert.ok([...intervals.lengths.values()].some((length) => length > 1_000 && length < 5_000));
  await intervals.tick();
  const outcome = await drained;
  return { outcome, reason, answer, errors, left: await queue.find("mine") };
}

const ends: [string, Parameters<typeof cancelled>[1], answer: unknown][] = [
  ["returns", () => {}, undefined],
  ["acks", (item) => item.ack(), false],
  ["fails it", (item) => item.fail(), false],
  ["throws", () => Promise.reject(new Error("aborted")), undefined],
];

for (const [name, end, expected] of ends) {
  Deno.test(`a handler whose item is deleted hears of it, and ${name} in vain`, async () => {
    const { outcome, reason, answer, errors, left } = await cancelled(
      (queue, uid) => queue.delete(uid),
      end,
    );
    assert.ok(reason instanceof ItemDeletedError, String(reason));
    assert.equal(reason.uid, "mine");
    assert.equal(answer, expected);
    assert.deepEqual([outcome.cancelled, outcome.acked, outcome.failed, outcome.lost], [
      1,
      0,
      0,
      0,
    ]);
    assert.deepEqual([errors, left], [[], null]);
  });

  Deno.test(`a handler whose item is deleted and put again ${name}, and that changes nothing`, async () => {
    const { reason, left, outcome } = await cancelled(async (queue, uid) => {
      await queue.delete(uid);
      await queue.put("again", { uid });
    }, end);
    // There is an item under the uid, so its handler can't tell that it is another.
    assert.ok(reason instanceof LeaseLostError, String(reason));
    assert.equal(outcome.acked, 0);
    assert.deepEqual([left?.state, left?.payload, left?.attempts], ["waiting", "again", 0]);
  });
}

Deno.test("without heartbeat a handler hears of nothing, and its ack changes nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("item", { uid: "mine" });
  await queue.drain(async (item) => {
    await queue.delete("mine");
    await queue.put("again", { uid: "mine" });
    assert.equal(await item.touch(), false);
  }, { maxItems: 1, heartbeat: false });
  assert.equal((await queue.find("mine"))?.payload, "again");
});

Deno.test("a fail that comes after the delete of its item changes nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ onError: () => {} });
  await queue.put("item", { uid: "mine" });
  const { failed, lost } = await queue.drain(async () => {
    await queue.delete("mine");
    throw new Error("no");
  }, { maxItems: 1 });
  assert.deepEqual([failed, lost], [0, 1]);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("items in hand cost one call each five seconds, and none when they are done", async () => {
  await using redis = await startRedis();
  using intervals = new FakeIntervals();
  await using queue = redis.queue({ lease: 3_600, autocleanInterval: null });
  await queue.putMany(Array.from({ length: 100 }, (_, i) => `${i}`));
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  let running = 0;
  const drained = queue.drain(async () => {
    if (++running === 100) begun.resolve();
    await end.promise;
  }, { concurrency: 100 });
  await begun.promise;
  await redis.resetCalls();
  const { aging } = await readState(redis, "0");
  await intervals.tick();
  await until("it has looked, and has said that it consumes", async () => {
    const { zscore = 0, expire = 0 } = await redis.calls();
    return zscore >= 200 && expire > 0;
  });
  const { evalsha, zscore } = await redis.calls();
  // Its score, and whether its lease is short, of each.
  assert.deepEqual([evalsha, zscore], [2, 200]);
  assert.deepEqual((await readState(redis, "0")).aging, aging);
  end.resolve();
  await drained;
  await intervals.tick();
  await redis.resetCalls();
  await intervals.tick();
  const idle = await redis.calls();
  assert.deepEqual(Object.keys(idle).filter((name) => name.startsWith("eval")), []);
});

Deno.test("what names no items, no state, or no option is refused", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  for (const wrong of [undefined, null, 5, {}, ["a", 5]]) {
    const uids = wrong as string[];
    await assert.rejects(queue.delete(uids), { name: "TypeError", message: /delete/ });
    await assert.rejects(queue.promote(uids), { name: "TypeError", message: /promote/ });
  }
  for (const wrong of [undefined, null, 5, ["a"]]) {
    await assert.rejects(queue.find(wrong as unknown as string), { message: /Cannot find/ });
  }
  for (const wrong of ["done", "inFlight", undefined, "toString"]) {
    await assert.rejects(queue.list(wrong as "dead"), { name: "TypeError", message: /state/ });
  }
  for (const limit of [0, 1.5, 1_001, NaN]) {
    await assert.rejects(queue.list("waiting", { limit }), { message: /Cannot list .* items/ });
  }
  const cursors = ["", "nonsense", "dead:5:7:uid", "queue:5:7/:uid", "queue:5:9e999:", 5];
  for (const cursor of cursors) {
    await assert.rejects(queue.list("waiting", { cursor: cursor as string }), {
      ...{ name: "TypeError", message: /cursor/ },
    });
  }
  await assert.rejects(queue.list("waiting", { search: 5 as unknown as string }), /search/);
  await assert.rejects(queue.list("waiting", { seach: "x" } as object), /seach/);
});
