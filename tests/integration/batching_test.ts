import assert from "node:assert/strict";
import type { SafeRedisQueue } from "../../mod.ts";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

/** Makes every script known and every connection open, so that what follows is no first time. */
async function warmUp(queue: SafeRedisQueue): Promise<void> {
  const [acked, failed] = await queue.putMany(["1", "2"]);
  await queue.getMany(2);
  await queue.ack(acked!);
  await queue.fail(failed!);
  await queue.clear();
}

/** The number of script calls during `action`, as Redis counts them. */
async function scriptCalls(redis: TestRedis, action: () => Promise<unknown>): Promise<number> {
  await redis.resetCalls();
  await action();
  const { evalsha = 0, eval: whole = 0 } = await redis.calls();
  return evalsha + whole;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

Deno.test("a hundred puts, gets, acks or fails that nobody awaits cost a handful of script calls", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await warmUp(queue);

  let uids: string[] = [];
  const puts = async () => uids = await Promise.all(numbers(100).map((item) => queue.put(item)));
  const gets = () => Promise.all(uids.map(() => queue.get()));
  const fails = () => Promise.all(uids.map((uid) => queue.fail(uid)));
  const acks = () => Promise.all(uids.map((uid) => queue.ack(uid)));

  for (const action of [puts, gets, fails, gets, acks]) {
    assert.ok(await scriptCalls(redis, action) <= 3);
  }
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("a hundred workers, each awaiting its calls, share script calls", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await warmUp(queue);
  const worker = async () => {
    for (let i = 0; i < 10; i++) {
      await queue.put("item");
      const [uid] = await queue.get();
      await queue.ack(uid!);
    }
  };
  const calls = await scriptCalls(redis, () => Promise.all(numbers(100).map(worker)));
  // 3,000 one by one; 30 if all kept step.
  assert.ok(calls <= 300, `${calls} script calls`);
});

Deno.test("a call that is awaited alone costs exactly one round trip", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ connect: commands.connect, autocleanInterval: null });
  await warmUp(queue);
  let uid = "";
  const calls: Record<string, () => Promise<unknown>> = {
    put: () => queue.put("item"),
    get: async () => uid = (await queue.get())[0]!,
    fail: () => queue.fail(uid),
    "get again": async () => uid = (await queue.get(1))[0]!,
    ack: () => queue.ack(uid),
    "put many": () => queue.putMany(["1", "2", "3"]),
    "get many": () => queue.getMany(3, -1),
    "get none": () => queue.get(-1),
    size: () => queue.size(),
    inFlight: () => queue.inFlight(),
  };
  for (const [name, call] of Object.entries(calls)) {
    commands.forget();
    await call();
    if (name !== "size") assert.deepEqual(commands.sent, ["EVALSHA"], name);
  }
});

Deno.test("a script that Redis has forgotten is sent again, whole", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ connect: commands.connect, autocleanInterval: null });
  await warmUp(queue);
  await redis.command("SCRIPT", "FLUSH");
  commands.forget();
  await queue.put("1");
  await queue.put("2");
  assert.deepEqual(commands.sent, ["EVALSHA", "EVAL", "EVALSHA"]);
  assert.equal(await queue.size(), 2);
});

Deno.test("a script call takes five hundred items at most of those called for together", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await warmUp(queue);
  let uids: string[] = [];
  const put = async () => uids = await queue.putMany(numbers(1_250));
  assert.equal(await scriptCalls(redis, put), 3);
  const get = () => Promise.all(uids.map(() => queue.get(-1)));
  assert.equal(await scriptCalls(redis, get), 3);
  assert.equal(await scriptCalls(redis, () => queue.ackMany(uids)), 3);
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("a script call takes about four megabytes of payload", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await warmUp(queue);
  const megabyte = "x".repeat(1_000_000);
  await queue.put(megabyte); // so that Redis knows the script for large items
  const calls = await scriptCalls(redis, () => queue.putMany(Array(10).fill(megabyte)));
  assert.equal(calls, 3);
  const huge = await scriptCalls(
    redis,
    () => queue.putMany(["small", megabyte.repeat(5), "small", "small"]),
  );
  assert.equal(huge, 3);
});

Deno.test("gets of many that nobody awaits share a script call", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await warmUp(queue);
  const uids = await queue.putMany(numbers(45));
  let taken: [string, string][][] = [];
  const get = async () => taken = await Promise.all(numbers(6).map(() => queue.getMany(10, -1)));
  assert.equal(await scriptCalls(redis, get), 1);
  assert.deepEqual(taken.map(({ length }) => length), [10, 10, 10, 10, 5, 0]);
  assert.deepEqual(taken.flat().map(([uid]) => uid), uids);
});

Deno.test("when Redis refuses a batch each of its calls rejects, and later calls go on", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const outcomes = await Promise.allSettled(numbers(100).map((item) => queue.put(item)));
  for (const outcome of outcomes) {
    assert.equal(outcome.status, "rejected");
    assert.equal(outcome.reason.code, "OOM");
  }
  await redis.command("CONFIG", "SET", "maxmemory", 0);
  await queue.put("item");
  assert.equal(await queue.size(), 1);
});

Deno.test("small payloads go packed as one argument, few or large ones each for itself; all come out whole", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ connect: commands.connect, autocleanInterval: null });
  await warmUp(queue);
  const batches = [1, 100, 4_000, 5_000, 32_000].flatMap((size) =>
    [1, 3].map((count) => Array.from({ length: count }, (_, i) => String(i).repeat(size)))
  );
  const words: number[] = [];
  for (const batch of batches) {
    await queue.putMany(batch);
    words.push(commands.lastWords);
    assert.deepEqual((await queue.getMany(10, -1)).map(([, item]) => item), batch);
  }
  const [single, packed] = words as [number, number];
  const three = words.at(-1)!;
  const small = Array(3).fill([single, packed]);
  const large = Array(2).fill([single, three]);
  assert.deepEqual(words, [small, large].flat(2));
  // uid and payload in place of one packed argument
  assert.deepEqual([single - packed, three - packed], [2 - 1, 6 - 1]);
});
