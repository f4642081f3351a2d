import assert from "node:assert/strict";
import { LAST_TIME, LONGEST_DELAY } from "../../src/delay.ts";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** How late an item may come. */
const TOLERANCE_MS = 100;
/** On a busy machine anything may come late once; what is late each time is late by itself. */
const ROUNDS = 4;

/** Checks that one of several rounds is in time, and none is early; each resolves to its lateness in milliseconds. */
async function assertInTime(what: string, round: () => Promise<number>): Promise<void> {
  const late: number[] = [];
  while (late.length < ROUNDS) {
    late.push(await round());
    assert.ok(late.at(-1)! >= 0, `${what}: early by ${-late.at(-1)!} ms`);
    if (late.at(-1)! < TOLERANCE_MS) return;
  }
  assert.fail(`${what}: late each time, by ${late} ms`);
}

Deno.test("a delayed item comes in its time to a consumer that is blocked already", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  const round = async (delay: number) => {
    const got = consumer.get();
    await until("it waits", async () => await redis.blockedClients() === 1);
    await new Promise((resolve) => setTimeout(resolve, 50)); // it listens for the doorbell by now
    const putAt = performance.now();
    {
      // Whoever has put it may be gone by then.
      await using producer = redis.queue();
      await producer.put("later", { delay });
    }
    const [uid] = await got;
    const late = performance.now() - putAt - delay * 1000;
    await consumer.ack(uid!);
    return late;
  };
  for (const delay of [0.25, 1, 5]) await assertInTime(`${delay} s`, () => round(delay));
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("a consumer that comes later learns what is due soon", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await assertInTime("the later of both", async () => {
    const first = Date.now() + 600;
    const second = Date.now() + 900;
    await queue.put("second", { at: second });
    await queue.put("first", { at: new Date(first) });
    await redis.command("DEL", "srq:0:doorbell");
    const lateness: number[] = [];
    for (const [item, due] of [["first", first], ["second", second]] as const) {
      const [uid, got] = await queue.get();
      assert.equal(got, item);
      lateness.push(Date.now() - due);
      await queue.ack(uid!);
    }
    return Math.min(...lateness) < 0 ? Math.min(...lateness) : Math.max(...lateness);
  });
});

Deno.test("an item that is due by now comes at once, also to a consumer that is blocked", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const got = queue.get(5);
  await until("it waits", async () => await redis.blockedClients() === 1);
  await queue.put("past", { at: new Date(0) });
  assert.equal((await got)[1], "past");
  await queue.put("now", { delay: 0 });
  assert.equal((await queue.get(-1))[1], "now");
});

Deno.test("ten thousand items due in the same second come once each, in time", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  const due = Date.now() + 2_500;
  const items = Array.from({ length: 10_000 }, (_, i) => `${i}`);
  {
    await using producer = redis.queue();
    await producer.putMany(items, { at: due });
  }
  assert.ok(Date.now() < due, "the machine is too slow for this test");
  assert.deepEqual(await consumer.get(-1), [null, null]);
  const seen = new Set<string>();
  const stop = new AbortController();
  let firstAt = 0;
  await consumer.consume(({ payload }) => {
    firstAt ||= Date.now();
    assert.ok(!seen.has(payload));
    seen.add(payload);
    if (seen.size === items.length) stop.abort();
  }, { concurrency: 100, signal: stop.signal });
  assert.ok(firstAt >= due && firstAt < due + 1_000, `${firstAt - due} ms late`);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("the same uid twice is one item while it lives, and another one after", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const put = (item: string) => queue.put(item, { uid: "daily report" });
  assert.equal(await put("first"), "daily report");
  await Promise.all([put("x"), queue.put("x", { uid: "daily report", delay: 1 }), put("x")]);
  assert.equal(await queue.size(), 1);
  const [uid, item] = await queue.get(-1);
  assert.deepEqual([uid, item], ["daily report", "first"]);
  await put("in flight");
  await queue.fail(uid!);
  await put("dead");
  assert.deepEqual(await queue.get(-1), [null, null]);
  assert.equal((await queue.stats()).dead, 1);
  await queue.ack(uid!);
  await put("again");
  assert.deepEqual(await queue.get(-1), ["daily report", "again"]);
});

Deno.test("wrong options of put and fail are refused, and nothing is stored", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const delays = [-1, NaN, Infinity, Number.MAX_VALUE, 1e300, LONGEST_DELAY + 1, "5", null, 5n];
  const times = [
    ...[-1, NaN, Infinity, Number.MAX_VALUE, LAST_TIME + 1, "tomorrow", null, 5n],
    ...[new Date(NaN), new Date(-1), new Date(LAST_TIME + 1), new Date(8.64e15)],
    Date.now() * 1000, // microseconds in place of milliseconds
  ];
  const wrong: [object, RegExp][] = [
    ...delays.map((
      delay,
    ): [object, RegExp] => [{ delay }, /expected seconds from 0 to 3155760000/]),
    ...times.map((at): [object, RegExp] => [{ at }, /expected a Date.* 9999/]),
    [{ delay: 1, at: new Date() }, /expected one of them/],
  ];
  for (const [options, message] of wrong) {
    const refusal = { name: "TypeError", message };
    await assert.rejects(queue.put("item", options), refusal, Deno.inspect(options));
    await assert.rejects(queue.putMany(["item"], options), refusal, Deno.inspect(options));
  }
  for (const uid of ["", 7]) {
    await assert.rejects(queue.put("item", { uid: uid as string }), TypeError);
  }
  assert.deepEqual(await readState(redis, "0"), EMPTY);

  const uid = await queue.put("item");
  const left: unknown[] = [];
  const { acked } = await queue.drain(async (item) => {
    for (const delay of delays) {
      const wrongDelay = { delay: delay as number };
      const refusal = { name: "TypeError", message: /the delay .*: expected seconds from 0/ };
      await assert.rejects(queue.fail(uid, wrongDelay), refusal);
      // In a handler null stands for the backoff's delay.
      if (delay !== null) await assert.rejects(item.fail(wrongDelay), refusal);
    }
    left.push(await queue.inFlight());
  });
  assert.deepEqual([acked, left], [1, [1]]);
});

Deno.test("the longest delays and the last time are kept, and let consumers wait quietly", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ connect: commands.connect });
  const uids = [
    await queue.put("item", { delay: LONGEST_DELAY }),
    await queue.put("item", { at: LAST_TIME }),
    await queue.put("item", { at: new Date(LAST_TIME) }),
    await queue.put("item"),
  ];
  await queue.get(-1);
  await queue.fail(uids[3]!, { delay: LONGEST_DELAY });
  commands.forget();
  assert.deepEqual(await queue.get(1), [null, null]);
  assert.ok(commands.sent.length < 20, `it sent ${commands.sent.length} commands`);
  const { delayed } = await readExtras(redis, "0");
  const [put, at, atDate, failed] = uids.map((uid) => delayed[uid]!);
  assert.deepEqual([at, atDate], [LAST_TIME * 1000, LAST_TIME * 1000]);
  for (const due of [put!, failed!]) {
    assert.ok(Math.abs(due - (await redis.now() + LONGEST_DELAY * 1e6)) < 60e6);
  }
});
