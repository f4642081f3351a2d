import assert from "node:assert/strict";
import { bytes, json, SerializationError } from "../../mod.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

/** The error with which `call` rejects. */
async function errorOf(call: Promise<unknown>): Promise<SerializationError> {
  const error = await call.then(() => undefined, (error) => error);
  assert.ok(error instanceof SerializationError, `expected a SerializationError, not ${error}`);
  return error;
}

const BAD = { items: { good: "1", bad: "secret{", next: "2" }, queue: ["next", "bad", "good"] };

Deno.test("a payload that cannot be read is told with its uid and bytes, and can be acked", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  await seed(redis, "0", BAD);
  assert.deepEqual(await queue.get(), ["good", 1]);

  const error = await errorOf(queue.get());
  assert.equal(error.uid, "bad");
  assert.deepEqual(error.payload, new TextEncoder().encode("secret{"));
  assert.equal(await queue.inFlight(), 2);

  assert.equal(await queue.ack(error.uid), true);
  assert.deepEqual(await queue.get(), ["next", 2]);
});

Deno.test("a payload that cannot be read can be failed, for another consumer that can", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  await seed(redis, "0", BAD);
  await queue.get();
  const error = await errorOf(queue.get());
  assert.equal(await queue.fail(error.uid!), true);

  await using other = redis.queue();
  assert.deepEqual(await other.getMany(5), [["next", "2"], ["bad", "secret{"]]);
});

Deno.test("the error does not put the payload into a log", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  await seed(redis, "0", BAD);
  await queue.get();
  const error = await errorOf(queue.get());
  assert.ok(!Deno.inspect(error).includes("secret"));
  assert.ok(!JSON.stringify(error).includes("secret"));
});

Deno.test("getMany loses no other item to one that cannot be read", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  await seed(redis, "0", BAD);

  const error = await errorOf(queue.getMany(10));
  assert.equal(error.uid, "bad");
  const state = await readState(redis, "0");
  assert.deepEqual([state.queue, Object.keys(state.aging)], [["next", "good"], ["bad"]]);

  await queue.ack("bad");
  assert.deepEqual(await queue.getMany(10), [["good", 1], ["next", 2]]);
});

Deno.test("getMany gets past several items that cannot be read, one by one", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  const items = { a: "{", b: "1", c: "{", d: "{", e: "2" };
  await seed(redis, "0", { items, queue: Object.keys(items).reverse() });
  const bad = [];
  for (;;) {
    try {
      assert.deepEqual(await queue.getMany(10, -1), [["b", 1], ["e", 2]]);
      break;
    } catch (error) {
      assert.ok(error instanceof SerializationError);
      bad.push(error.uid!);
      await queue.ack(error.uid!);
    }
  }
  assert.deepEqual(bad, ["a", "c", "d"]);
});

Deno.test("getMany gives the others back even where the queue is closed meanwhile", async () => {
  await using redis = await startRedis();
  const queue = redis.queue<number>({ serializer: json, autocleanInterval: null });
  await seed(redis, "0", BAD);
  const error = errorOf(queue.getMany(10));
  await queue.close();
  assert.equal((await error).uid, "bad");
  assert.deepEqual((await readState(redis, "0")).queue, ["next", "good"]);
});

Deno.test("a waiting get tells of a payload that cannot be read", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  await using producer = redis.queue();
  const error = errorOf(queue.get());
  const uid = await producer.put("{");
  assert.equal((await error).uid, uid);
  assert.equal(await queue.ack(uid), true);
});

Deno.test("one of two gets in a batch fails, the other has its item", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue<number>({ serializer: json });
  await seed(redis, "0", BAD);
  const [good, bad, next] = await Promise.allSettled([queue.get(), queue.get(), queue.get()]);
  assert.deepEqual(good, { status: "fulfilled", value: ["good", 1] });
  assert.equal(bad.status, "rejected");
  assert.deepEqual(next, { status: "fulfilled", value: ["next", 2] });
});

Deno.test("an item that cannot be turned into bytes is refused, and nothing is stored", async () => {
  await using redis = await startRedis();
  await using plain = redis.queue({ autocleanInterval: null });
  await using asJson = redis.queue<unknown>({ serializer: json, autocleanInterval: null });
  await using asBytes = redis.queue<unknown>({ serializer: bytes as never });
  for (const item of [{ a: 1 }, 1, undefined, null, "\ud800"]) {
    const error = await errorOf(plain.put(item as string));
    assert.equal(error.uid, undefined);
  }
  await errorOf(asJson.put(undefined));
  await errorOf(asJson.put(1n));
  await errorOf(asBytes.put("text"));
  await errorOf(plain.putMany(["first", "second", { a: 1 } as unknown as string]));
  assert.deepEqual(await redis.keys(), []);
});
