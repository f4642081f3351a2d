import assert from "node:assert/strict";
import { HandlerError, json, QueueClosedError, type QueueItem } from "../../mod.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { HeldReplies } from "../helpers/held_replies.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** Collects what `onError` gets. */
function errorList() {
  const errors: unknown[] = [];
  return { errors, onError: (error: unknown) => void errors.push(error) };
}

/** A handler that ends when the test says so, and the items it was given. */
function heldHandler() {
  const begun: QueueItem<string>[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const handler = (item: QueueItem<string>) => {
    begun.push(item);
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return end.promise;
  };
  return { begun, ends, handler };
}

Deno.test("a handler that returns acks its item", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: json });
  const items = Array.from({ length: 250 }, (_, i) => ({ i }));
  const uids = await queue.putMany(items);
  const stop = new AbortController();
  const seen: [string, unknown][] = [];
  await queue.consume(({ uid, payload }) => {
    seen.push([uid, payload]);
    if (seen.length === items.length) stop.abort();
  }, { concurrency: 10, signal: stop.signal });
  assert.deepEqual(seen, uids.map((uid, i) => [uid, items[i]]));
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("an item tells what it is, and which delivery", async () => {
  await using redis = await startRedis();
  const { onError } = errorList();
  await using queue = redis.queue({ onError });
  const before = Date.now();
  const uid = await queue.put("Hello");
  await queue.put("named", { uid: "my own name" });
  const after = Date.now();
  const seen: QueueItem<string>[] = [];
  await queue.drain((item) => {
    seen.push(item);
    if (item.attempt < 3 && item.uid === uid) throw new Error("not yet");
  });
  assert.deepEqual(
    seen.map(({ uid, payload, attempt }) => [uid, payload, attempt]),
    [[uid, "Hello", 1], ["my own name", "named", 1], [uid, "Hello", 2], [uid, "Hello", 3]],
  );
  const [hello, named] = seen;
  assert.ok(hello!.enqueuedAt!.getTime() >= before && hello!.enqueuedAt!.getTime() <= after);
  assert.equal(named!.enqueuedAt, null);
  assert.equal(hello!.signal.aborted, false);
});

Deno.test("no more handlers run at once than concurrency says, and no more items are claimed", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(Array.from({ length: 20 }, (_, i) => `${i}`));
  const stop = new AbortController();
  const { begun, ends, handler } = heldHandler();
  const consumed = queue.consume(handler, { concurrency: 3, signal: stop.signal });
  for (let done = 0; done < 10; done++) {
    await until("three run", () => begun.length === done + 3);
    const { waiting, inFlight } = await queue.stats();
    assert.ok(inFlight <= 4, "those that run, and one whose ack is on its way");
    assert.equal(waiting, 20 - begun.length);
    ends[done]!.resolve();
  }
  stop.abort();
  for (const { resolve } of ends) resolve();
  await consumed;
  assert.equal(await queue.inFlight(), 0);
});

Deno.test("a handler that throws fails its item, and onError hears of it", async () => {
  await using redis = await startRedis();
  const { errors, onError } = errorList();
  await using queue = redis.queue({ maxAttempts: 2, onError });
  const uid = await queue.put("bad");
  const cause = new Error("no way");
  const result = await queue.drain(() => Promise.reject(cause));
  const nothing = { acked: 0, released: 0, lost: 0, cancelled: 0 };
  assert.deepEqual(result, { ...nothing, failed: 1, dead: 1, ended: "empty" });
  assert.deepEqual(
    errors.map((error) => error instanceof HandlerError && [error.uid, error.attempt, error.cause]),
    [[uid, 1, cause], [uid, 2, cause]],
  );
  const { items: [letter] } = await queue.dead.list();
  assert.equal(letter!.error, "no way");
});

Deno.test("backoff delays the next attempt, by a number or a function of the attempt", async () => {
  await using redis = await startRedis();
  const { onError } = errorList();
  await using queue = redis.queue({ onError });
  for (const backoff of [0.3, (attempt: number) => attempt * 0.3]) {
    await queue.put("again");
    const stop = new AbortController();
    const at: number[] = [];
    await queue.consume(() => {
      at.push(performance.now());
      if (at.length === 3) return stop.abort();
      throw new Error("not yet");
    }, { backoff, signal: stop.signal });
    const second = typeof backoff === "number" ? 300 : 600;
    const pauses = [at[1]! - at[0]!, at[2]! - at[1]!];
    assert.ok(pauses[0]! >= 299 && pauses[1]! >= second - 1, String(pauses));
  }
});

Deno.test("a handler may ack or fail its item by itself, once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const [done, later] = await queue.putMany(["done", "later"]);
  const result = await queue.drain(async (item) => {
    if (item.uid === done) assert.equal(await item.ack(), true);
    else assert.equal(await item.fail({ delay: 60, error: "later" }), true);
  });
  assert.deepEqual([result.acked, result.failed], [1, 1]);
  assert.deepEqual(Object.keys((await readExtras(redis, "0")).delayed), [later]);
  assert.equal((await readExtras(redis, "0")).errors[later!], "later");
});

Deno.test("drain ends when the queue is empty, and does not wait for what is delayed or held", async () => {
  await using redis = await startRedis();
  await using other = redis.queue();
  await using queue = redis.queue();
  await queue.putMany(["held by another", "1", "2"]);
  await other.get();
  await queue.put("delayed", { delay: 60 });
  const seen: string[] = [];
  const result = await queue.drain(({ payload }) => void seen.push(payload), { concurrency: 5 });
  assert.deepEqual(seen, ["1", "2"]);
  assert.deepEqual(result, {
    acked: 2,
    failed: 0,
    dead: 0,
    released: 0,
    lost: 0,
    cancelled: 0,
    ended: "empty",
  });
});

Deno.test("drain stops at maxItems, at its deadline, and when its signal aborts", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(Array.from({ length: 50 }, (_, i) => `${i}`));
  const counted = await queue.drain(() => {}, { maxItems: 7, concurrency: 5 });
  assert.deepEqual([counted.acked, counted.ended], [7, "maxItems"]);
  assert.equal(await queue.size(), 43);

  const slow = () => new Promise((resolve) => setTimeout(resolve, 20));
  for (const deadline of [() => 0.3, () => new Date(Date.now() + 300)]) {
    const late = await queue.drain(slow, { deadline: deadline() });
    assert.equal(late.ended, "deadline");
    assert.ok(late.acked >= 1 && late.acked <= 16, String(late.acked));
  }
  const past = await queue.drain(slow, { deadline: new Date(0) });
  assert.ok(past.acked <= 1);

  const stop = new AbortController();
  const aborted = await queue.drain(() => stop.abort(), { signal: stop.signal });
  assert.deepEqual([aborted.acked, aborted.ended], [1, "aborted"]);
  const never = await queue.drain(() => assert.fail(), { signal: AbortSignal.abort() });
  assert.deepEqual([never.acked, never.ended], [0, "aborted"]);
  assert.equal(await queue.inFlight(), 0);
});

Deno.test("drain takes an item that failed again, and so ends with the queue empty", async () => {
  await using redis = await startRedis();
  const { onError } = errorList();
  await using queue = redis.queue({ onError });
  await queue.putMany(["a", "b", "c"]);
  let runs = 0;
  const result = await queue.drain(({ attempt }) => {
    runs++;
    if (attempt < 4) throw new Error("not yet");
  }, { concurrency: 3 });
  assert.deepEqual([result.acked, result.failed, runs], [3, 9, 12]);
});

Deno.test("items under way when a consumer is stopped are finished, within shutdownTimeout", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(["a", "b", "c"]);
  const stop = new AbortController();
  const { begun, ends, handler } = heldHandler();
  const consumed = queue.consume(handler, { concurrency: 2, signal: stop.signal });
  await until("two run", () => begun.length === 2);
  stop.abort();
  assert.ok(begun.every(({ signal }) => !signal.aborted));
  for (const { resolve } of ends) resolve();
  await consumed;
  assert.equal(begun.length, 2);
  assert.deepEqual(Object.keys((await readState(redis, "0")).items).length, 1);
});

Deno.test("handlers that never end are told so after shutdownTimeout, and their items given back", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const uids = await queue.putMany(["a", "b", "c"]);
  const stop = new AbortController();
  const { begun, handler } = heldHandler();
  const drained = queue.drain(handler, {
    concurrency: 3,
    signal: stop.signal,
    shutdownTimeout: 0.2,
  });
  await until("all run", () => begun.length === 3);
  const signals = begun.map(({ signal }) => signal);
  stop.abort();
  const result = await drained;
  assert.equal(result.released, 3);
  assert.ok(signals.every(({ aborted }) => aborted));
  const state = await readState(redis, "0");
  assert.deepEqual(state.queue, uids.toReversed());
  assert.deepEqual(state.aging, {});
  assert.deepEqual((await readExtras(redis, "0")).attempts, {}, "it counts as no attempt");
});

Deno.test("a consumer that waits ends at once when it is stopped, and strands nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const stop = new AbortController();
  const consumed = queue.consume(() => {}, { signal: stop.signal });
  await until("it waits", async () => await redis.blockedClients() === 1);
  stop.abort();
  const stoppedAt = performance.now();
  await consumed;
  assert.ok(performance.now() - stoppedAt < 1_000);
  const uid = await queue.put("after");
  assert.deepEqual((await readState(redis, "0")).queue, [uid]);
});

Deno.test("the longest times of drain are no time at all to no timer", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ commandTimeout: 1e300 });
  const far = new Date(8.64e15);
  for (const deadline of [Infinity, 1e300, 3e9, far]) {
    for (const shutdownTimeout of [Infinity, 1e300, 3e9]) {
      await queue.put("item");
      const sleep = () => new Promise((resolve) => setTimeout(resolve, 5));
      const { acked, ended } = await queue.drain(sleep, { deadline, shutdownTimeout });
      assert.deepEqual([acked, ended], [1, "empty"]);
    }
  }
});

Deno.test("closing a queue ends its consumers, which still say what became of their items", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  await queue.putMany(["a", "b"]);
  const { begun, ends, handler } = heldHandler();
  const consumed = queue.consume(handler);
  await until("one runs", () => begun.length === 1);
  const closed = queue.close();
  ends[0]!.resolve();
  await Promise.all([consumed, closed]);
  assert.equal(Object.keys((await readState(redis, "0")).items).length, 1);
  await assert.rejects(queue.consume(handler), QueueClosedError);
});

Deno.test("a payload that cannot be read goes to the dead letters, and the others to the handler", async () => {
  await using redis = await startRedis();
  const { errors, onError } = errorList();
  await using queue = redis.queue({ serializer: json, onError });
  await using raw = redis.queue();
  const bad = await raw.put("{ no JSON");
  await queue.put({ good: true });
  const seen: unknown[] = [];
  const result = await queue.drain(({ payload }) => void seen.push(payload), { concurrency: 2 });
  assert.deepEqual(seen, [{ good: true }]);
  assert.deepEqual([result.acked, result.dead], [1, 1]);
  assert.equal((await queue.stats()).dead, 1);
  const { items: [letter] } = await queue.dead.list();
  assert.deepEqual([letter!.uid, letter!.payload, letter!.error], [
    bad,
    undefined,
    "the payload is not JSON",
  ]);
  assert.equal(new TextDecoder().decode(letter!.bytes), "{ no JSON");
  assert.equal(errors.length, 1);
});

Deno.test("leases are extended while handlers run, all of an instance in one call", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.6 });
  await using other = redis.queue({ autocleanInterval: 0.6 });
  await queue.putMany(Array.from({ length: 50 }, (_, i) => `${i}`));
  const { begun, ends, handler } = heldHandler();
  const drained = queue.drain(handler, { concurrency: 50 });
  await until("all run", () => begun.length === 50);
  await other.size(); // its cleaner works too
  const first = (await readState(redis, "0")).aging;
  await redis.resetCalls();
  await until("all leases are new, and again", async () => {
    const { aging } = await readState(redis, "0");
    return Object.entries(aging).every(([uid, lease]) => lease > first[uid]! + 600_000);
  });
  const { zadd = 0 } = await redis.calls();
  assert.ok(zadd < 20, `${zadd} calls of ZADD for 50 items`);
  for (const { resolve } of ends) resolve();
  assert.equal((await drained).acked, 50);
  assert.equal((await queue.stats()).totals.expired, 0);
});

Deno.test("without heartbeat a lease runs out, and the handler learns of it when it looks", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.3 });
  await using other = redis.queue({ autocleanInterval: 0.3 });
  await queue.put("slow");
  const { begun, ends, handler } = heldHandler();
  const stop = new AbortController();
  const consumed = queue.consume(handler, { heartbeat: false, signal: stop.signal });
  await until("it runs", () => begun.length === 1);
  const [uid] = await other.get();
  assert.equal(uid, begun[0]!.uid);
  assert.equal(await begun[0]!.touch(), false);
  assert.equal(begun[0]!.signal.reason.name, "LeaseLostError");
  assert.equal(await begun[0]!.fail(), false, "it changes nothing for the new holder");
  assert.equal(await other.inFlight(), 1);
  stop.abort();
  ends[0]!.resolve();
  await consumed;
  assert.equal(await other.ack(uid!), true, "a handler that has failed its item does not ack it");
});

Deno.test("an item that is failed or given back while its lease is extended is failed or given back", async () => {
  await using redis = await startRedis();
  const replies = new HeldReplies(redis, "EVALSHA");
  await using queue = redis.queue({ connect: replies.connect, autocleanInterval: null });
  await queue.touch("unknown"); // the script is known from here on
  await queue.putMany(["failed", "given back"]);
  const settled: unknown[] = [];
  await queue.drain(async (item) => {
    const answered = replies.hold();
    const touched = item.touch();
    await answered; // Redis has begun a new lease, and the queue does not know it yet
    const settling = item.payload === "failed" ? item.fail({ delay: 60 }) : item.release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    replies.release();
    settled.push(await touched, await settling);
  }, { maxItems: 2 });
  assert.deepEqual(settled.slice(0, 3), [true, true, true]);
  const { waiting, delayed, inFlight } = await queue.stats();
  assert.deepEqual([waiting, delayed, inFlight], [1, 1, 0]);
});

Deno.test("touch by hand keeps an item, and tells when it is too late", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 60 });
  await queue.put("slow");
  const [uid] = await queue.get();
  const before = (await readState(redis, "0")).aging[uid!]!;
  assert.equal(await queue.touch(uid!), true);
  assert.ok((await readState(redis, "0")).aging[uid!]! > before);
  await queue.fail(uid!);
  assert.equal(await queue.touch(uid!), false);
});

Deno.test("for await hands out items, and leaving the loop strands none", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uids = await queue.putMany(["acked", "failed", "kept", "left"]);
  for await (const item of queue) {
    if (item.payload === "acked") await item.ack();
    if (item.payload === "failed") await item.fail();
    if (item.payload === "left") break;
  }
  const state = await readState(redis, "0");
  assert.deepEqual(state.aging, {});
  // Given back to the front, in their order.
  assert.deepEqual(state.queue, [uids[1], uids[3], uids[2]]);
});

Deno.test("for await ends when the queue is closed", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  await queue.put("one");
  const seen: string[] = [];
  for await (const item of queue) {
    seen.push(item.payload);
    await item.ack();
    queueMicrotask(() => queue.close());
  }
  assert.deepEqual(seen, ["one"]);
});

Deno.test("for await passes on what the loop throws, and gives back the item", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("one");
  const thrown = new Error("mine");
  await assert.rejects(async () => {
    for await (const _ of queue) throw thrown;
  }, thrown);
  assert.deepEqual((await readState(redis, "0")).queue, [uid]);
});

Deno.test("wrong handlers and options of consume and drain are refused, by name", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("stays");
  const wrong: [object, RegExp][] = [
    [{ concurrency: 0 }, /concurrency is 0/],
    [{ concurrency: 1.5 }, /concurrency is 1.5/],
    [{ shutdownTimeout: -1 }, /shutdownTimeout is -1/],
    [{ shutdownTimeout: NaN }, /shutdownTimeout is NaN/],
    [{ shutdownTimeout: "3" }, /shutdownTimeout is "3"/],
    [{ shutdownTimeout: null }, /shutdownTimeout is null/],
    [{ backoff: -1 }, /backoff is -1/],
    [{ backoff: 1e300 }, /backoff is 1e\+300: expected seconds from 0 to 3155760000/],
    [{ backoff: Infinity }, /backoff is Infinity/],
    [{ heartbeat: "no" }, /heartbeat is "no"/],
    [{ signal: "stop" }, /signal is "stop"/],
    [{ maxItems: 0 }, /maxItems is 0/],
    [{ deadline: NaN }, /deadline is NaN/],
    [{ deadline: new Date(NaN) }, /deadline is Invalid Date/],
    [{ deadline: null }, /deadline is null/],
    [{ deadline: "5" }, /deadline is "5"/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(queue.drain(() => {}, options), { name: "TypeError", message });
  }
  await assert.rejects(queue.consume(1 as never), { name: "TypeError", message: /handler is 1/ });
  assert.deepEqual((await readState(redis, "0")).queue, [uid]);
});
