import assert from "node:assert/strict";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { FakeIntervals } from "../helpers/fake_intervals.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { until } from "../helpers/until.ts";

Deno.test("an item whose lease ran out is delivered again, once, and no other", async () => {
  await using redis = await startRedis();
  using intervals = new FakeIntervals();
  await using crashed = redis.queue({ autocleanInterval: null });
  const [old, young] = await crashed.putMany(["left behind", "being worked on"]);
  await crashed.getMany(2);
  const now = await redis.now();
  const aging = { [old!]: now - 60_000_001, [young!]: now - 30_000_000 };
  await seed(redis, "0", { ...await readState(redis, "0"), aging });

  await using queue = redis.queue();
  const got = queue.get();
  await intervals.tick();
  assert.deepEqual(await got, [old, "left behind"]);
  await queue.ack(old!);
  await intervals.tick();
  assert.deepEqual(await queue.get(-1), [null, null]);
  assert.deepEqual(await readState(redis, "0"), {
    items: { [young!]: "being worked on" },
    queue: [],
    ackbuf: [],
    aging: { [young!]: aging[young!] },
  });
});

Deno.test("an item is requeued after its lease and not before", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 1 });
  await queue.put("slow");
  const [uid] = await queue.get();
  const score = (await readState(redis, "0")).aging[uid!]!;

  await until("the item waits again", async () => await queue.size() === 1);

  assert.ok(await redis.now() - score >= 1_000_000);
  assert.deepEqual(await readState(redis, "0"), {
    items: { [uid!]: "slow" },
    queue: [uid],
    ackbuf: [],
    aging: {},
  });
});

Deno.test("an item popped by a consumer that crashed at once gets its lease from the cleaner", async () => {
  await using redis = await startRedis();
  await seed(redis, "0", { items: { a: "1" }, ackbuf: ["a"] });
  const startedAt = await redis.now();
  await using queue = redis.queue({ autocleanInterval: 0.3 });

  const [uid] = await queue.get();

  assert.equal(uid, "a");
  assert.ok(await redis.now() - startedAt >= 300_000, "the lease was shorter than the interval");
  await queue.ack("a");
});

Deno.test("hundreds of abandoned items are requeued in one pass, longest abandoned first", async () => {
  await using redis = await startRedis();
  const uids = Array.from({ length: 1_700 }, (_, i) => `uid ${i}`);
  await seed(redis, "0", {
    items: Object.fromEntries(uids.map((uid) => [uid, "payload"])),
    aging: Object.fromEntries(uids.map((uid, i) => [uid, i])),
  });
  using intervals = new FakeIntervals();
  await using queue = redis.queue();
  await queue.size();
  await intervals.tick();
  await until("all wait again", async () => await queue.size() === uids.length);
  assert.deepEqual((await readState(redis, "0")).queue, uids.toReversed());
});

Deno.test("a late ack completes an item that another consumer holds by then", async () => {
  await using redis = await startRedis();
  await using slow = redis.queue({ autocleanInterval: null });
  await using other = redis.queue({ autocleanInterval: null });
  await slow.put("slow");
  const [uid] = await slow.get();
  await seed(redis, "0", { items: { [uid!]: "slow" }, queue: [uid!] });
  assert.deepEqual(await other.get(), [uid, "slow"]);

  assert.equal(await slow.ack(uid!), true);
  assert.equal(await other.ack(uid!), false);
  assert.equal(await other.fail(uid!), false);
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("a late ack completes an item that waits again, and it is not delivered", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await seed(redis, "0", { items: { a: "1", b: "2" }, queue: ["b", "a"] });
  assert.equal(await queue.ack("a"), true);
  assert.deepEqual(await queue.get(), ["b", "2"]);
});

Deno.test("a late fail changes nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await seed(redis, "0", { items: { a: "1" }, queue: ["a"] });
  assert.equal(await queue.fail("a"), false);
  assert.deepEqual(await readState(redis, "0"), {
    items: { a: "1" },
    queue: ["a"],
    ackbuf: [],
    aging: {},
  });
});

Deno.test("an item that stands in no list is found and delivered", async () => {
  await using redis = await startRedis();
  await seed(redis, "0", { items: { lost: "1" } });
  await using queue = redis.queue({ autocleanInterval: 0.1 });
  assert.deepEqual(await queue.get(), ["lost", "1"]);
  await queue.ack("lost");
});

Deno.test("a lease of ten years neither ends nor is extended without a pause", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ lease: 315_576_000, connect: commands.connect });
  await queue.put("item");
  await queue.drain(async () => {
    commands.forget();
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
  assert.ok(commands.sent.length < 5, `it sent ${commands.sent.length} commands`);
  assert.equal((await queue.stats()).totals.acked, 1);
});

Deno.test("autoclean starts with the first use, and never with an interval of null", async () => {
  await using redis = await startRedis();
  using intervals = new FakeIntervals();
  const cleaners = () =>
    [...intervals.lengths.values()].filter((length) => length === 5_000).length;
  await using queue = redis.queue();
  await using without = redis.queue({ autocleanInterval: null });
  assert.equal(cleaners(), 0);
  await without.get(-1);
  assert.equal(cleaners(), 0);
  await queue.get(-1);
  await queue.put("item");
  assert.equal(cleaners(), 1);
});

Deno.test("an error in a pass reaches onError, and the next pass does its work", async () => {
  await using redis = await startRedis();
  await seed(redis, "0", { items: { a: "1" }, aging: { a: 5 } });
  await redis.command("SET", "srq:0:ackbuf", "of another program");
  const errors: unknown[] = [];
  await using queue = redis.queue({
    autocleanInterval: 0.1,
    onError: (error) => errors.push(error),
  });
  await queue.put("b");
  await until("the error is told", () => errors.length > 0);
  assert.match(String(errors[0]), /RedisReplyError: Cannot requeue abandoned items.*WRONGTYPE/s);

  await redis.command("DEL", "srq:0:ackbuf");
  await until("the item waits again", async () => (await readState(redis, "0")).aging["a"] !== 5);
});

Deno.test("a worker with a long lease keeps its item, however impatient the instances beside it are", async () => {
  await using redis = await startRedis();
  await using impatient = redis.queue({ lease: 0.2 });
  await using patient = redis.queue({ lease: 30 });
  await patient.put("slow");
  await impatient.size(); // starts its cleaner
  const attempts: number[] = [];
  const { acked } = await patient.drain(async ({ attempt }) => {
    attempts.push(attempt);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.deepEqual(await impatient.get(-1), [null, null]);
  });
  assert.deepEqual([attempts, acked], [[1], 1]);
});

Deno.test("a short lease ends when its consumer said, also where all that clean have a long one", async () => {
  await using redis = await startRedis();
  await using crashed = redis.queue({ lease: 0.5, autocleanInterval: null });
  await using other = redis.queue({ lease: 30 });
  const uid = await crashed.put("item");
  await crashed.get();
  assert.deepEqual(await other.get(15), [uid, "item"]);
  assert.deepEqual((await readExtras(redis, "0")).attempts, { [uid]: 1 });
});

Deno.test("each consumer goes by its own maxAttempts, whoever cleans", async () => {
  await using redis = await startRedis();
  await using strict = redis.queue({ lease: 0.1, maxAttempts: 1 });
  await using patient = redis.queue({ lease: 0.1, maxAttempts: 3 });
  const uid = await patient.put("poison");
  for (let attempt = 1; attempt <= 3; attempt++) {
    assert.deepEqual(await patient.get(5), [uid, "poison"], `attempt ${attempt}`);
    await until("it waits again", async () => await strict.size() === 1);
  }
  assert.equal((await strict.stats()).dead, 0);
  assert.deepEqual(await patient.get(-1), [null, null]);
  assert.equal((await strict.stats()).dead, 1);
});

Deno.test("only an instance that consumes deletes dead letters above its limits", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ lease: 2, idleInterval: 1, maxAttempts: 1 });
  await using producer = redis.queue({ lease: 2, idleInterval: 1, deadLetters: { maxCount: 0 } });
  const uid = await producer.put("poison");
  await consumer.get();
  await consumer.fail(uid);
  await redis.resetCalls();
  await until("both have swept", async () => (await redis.calls())["zrandmember"]! >= 8);
  assert.equal((await producer.stats()).dead, 1);
  await producer.get(-1);
  await until("it is deleted", async () => (await producer.stats()).dead === 0);
});
