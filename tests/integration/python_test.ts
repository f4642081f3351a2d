import assert from "node:assert/strict";
import { bytes, json } from "../../mod.ts";
import { FakeIntervals } from "../helpers/fake_intervals.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** Each key of the server with its type. */
async function keyTypes(redis: TestRedis): Promise<Record<string, unknown>> {
  const keys = await redis.keys();
  const types = keys.sort().map(async (key) => [key, await redis.command("TYPE", key)] as const);
  return Object.fromEntries(await Promise.all(types));
}

Deno.test("our put writes what theirs writes, to the byte", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "ours" });
  const python = new PythonSide(redis, "theirs");
  for (const item of ["Hello World", "", "é€😀\r\n\u0000"]) {
    const our = await queue.put(item);
    const their = await python.put(item);
    assert.equal(our.length, their.length);
    const stored = async (name: string, uid: string) => {
      const { items, ...rest } = await readState(redis, name);
      return JSON.parse(JSON.stringify({ ...rest, item: items[uid] }).replaceAll(uid, "UID"));
    };
    assert.deepEqual(await stored("ours", our), await stored("theirs", their));
    await queue.clear();
    await redis.command("DEL", "srq:theirs:items", "srq:theirs:queue");
  }
});

Deno.test("our keys have their names and types", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const python = new PythonSide(redis);
  await queue.putMany(["1", "2", "3"]);
  await queue.get();
  await python.get(-1);
  assert.deepEqual(await keyTypes(redis), {
    "srq:0:ackbuf": "list",
    "srq:0:ackbuf_aging": "zset",
    "srq:0:items": "hash",
    "srq:0:queue": "list",
  });
});

Deno.test("the score of a lease is microseconds since the epoch, as theirs is", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await queue.put("item");
  const before = await redis.now();
  const [uid] = await queue.get();
  const after = await redis.now();
  const score = String(await redis.command("ZSCORE", "srq:0:ackbuf_aging", uid!));
  assert.match(score, /^\d{16}$/);
  assert.ok(before <= Number(score) && Number(score) <= after);
  assert.ok(Math.abs(Number(score) / 1000 - Date.now()) < 3_600_000);
});

Deno.test("their producer, our consumer", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const python = new PythonSide(redis);
  const first = await python.put("Hello World");
  const second = await python.put("é€😀");
  assert.deepEqual(await queue.get(), [first, "Hello World"]);
  assert.deepEqual(await queue.get(), [second, "é€😀"]);
  assert.equal(await queue.fail(first), true);
  assert.equal(await queue.ack(second), true);
  assert.deepEqual(await queue.get(), [first, "Hello World"]);
  assert.equal(await queue.ack(first), true);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("their producer, our consumer that waits", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const got = queue.get();
  const uid = await new PythonSide(redis).put("Hello World");
  assert.deepEqual(await got, [uid, "Hello World"]);
});

Deno.test("our producer, their consumer", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const python = new PythonSide(redis);
  const first = await queue.put("Hello World");
  const second = await queue.put("Foo bar");
  assert.deepEqual(await python.get(0), [first, "Hello World"]);
  assert.deepEqual(await python.get(-1), [second, "Foo bar"]);
  assert.deepEqual(await python.get(-1), [null, null]);
  assert.equal(await queue.inFlight(), 2);
  await python.fail(first);
  await python.ack(second);
  assert.deepEqual(await python.get(-1), [first, "Hello World"]);
  await python.ack(first);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("payloads are theirs to the byte: JSON text, and bytes that are no text", async () => {
  await using redis = await startRedis();
  const python = new PythonSide(redis);
  const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await using raw = redis.queue({ serializer: bytes });
  await python.put(everyByte);
  assert.deepEqual((await raw.get())[1], everyByte);

  await using objects = redis.queue<unknown>({ serializer: json });
  // As Python's json.dumps writes it.
  await python.put('{"a": [1, 2.5, null, true], "b": "\\u00e9"}');
  assert.deepEqual((await objects.get())[1], { a: [1, 2.5, null, true], b: "é" });
  await objects.put({ b: "é" });
  assert.equal((await python.get(-1))[1], '{"b":"é"}');
});

Deno.test("both sides consume the same queue, and each item reaches one of them", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const python = new PythonSide(redis);
  const uids = [];
  for (let i = 0; i < 10; i++) {
    uids.push(await queue.put(`ours ${i}`), await python.put(`theirs ${i}`));
  }
  const taken = [];
  for (let i = 0; i < 10; i++) {
    const [our] = await queue.get();
    const [their] = await python.get(-1);
    await queue.ack(our!);
    await python.ack(their!);
    taken.push(our, their);
  }
  assert.deepEqual(taken, uids);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("each side may ack and fail what the other took", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const python = new PythonSide(redis);
  await queue.putMany(["1", "2", "3", "4"]);
  const [a] = await python.get(-1);
  const [b] = await python.get(-1);
  const [c] = await queue.get();
  const [d] = await queue.get();
  assert.equal(await queue.ack(a!), true);
  assert.equal(await queue.fail(b!), true);
  await python.ack(c!);
  await python.fail(d!);
  const { items, queue: waiting, ackbuf, aging } = await readState(redis, "0");
  assert.deepEqual(Object.keys(items).sort(), [b, d].sort());
  assert.deepEqual([waiting, ackbuf, aging], [[d, b], [], {}]);
});

Deno.test("their consumer crashes, our cleaner requeues", async () => {
  await using redis = await startRedis();
  const python = new PythonSide(redis);
  using intervals = new FakeIntervals();
  await using queue = redis.queue();
  const uid = await queue.put("left behind");
  await python.get(-1);
  assert.deepEqual((await readState(redis, "0")).ackbuf, [uid]);

  const got = queue.get();
  await intervals.tick();
  await until("its lease has begun", async () => uid in (await readState(redis, "0")).aging);
  // A minute passes.
  await redis.command("ZINCRBY", "srq:0:ackbuf_aging", -60_000_001, uid);
  intervals.pass(10_000); // the cleaner rests until then
  await intervals.tick();
  assert.deepEqual(await got, [uid, "left behind"]);
});

Deno.test("our consumer crashes, their cleaner requeues", async () => {
  await using redis = await startRedis();
  const python = new PythonSide(redis);
  const queue = redis.queue({ autocleanInterval: null });
  const uid = await queue.put("left behind");
  await queue.get();
  await queue.close();

  await python.autoclean(60);
  assert.deepEqual(await python.get(-1), [null, null]);
  await redis.command("ZINCRBY", "srq:0:ackbuf_aging", -60_000_001, uid);
  await python.autoclean(60);
  assert.deepEqual(await python.get(-1), [uid, "left behind"]);
});

Deno.test("our consumer crashes between its pop and its claim, their cleaner requeues", async () => {
  await using redis = await startRedis();
  const python = new PythonSide(redis);
  await using queue = redis.queue();
  const uid = await queue.put("left behind");
  await redis.command("BLMOVE", "srq:0:queue", "srq:0:ackbuf", "RIGHT", "LEFT", 1);

  await python.autoclean(60);
  assert.equal(await queue.inFlight(), 1);
  await redis.command("ZINCRBY", "srq:0:ackbuf_aging", -60_000_001, uid);
  await python.autoclean(60);
  assert.deepEqual(await queue.get(), [uid, "left behind"]);
});

Deno.test("an item that their fail queued twice is delivered to one consumer at a time", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const python = new PythonSide(redis);
  const uid = await queue.put("item");
  await python.get(-1);
  await python.fail(uid);
  await python.fail(uid);
  assert.deepEqual((await readState(redis, "0")).queue, [uid, uid]);
  assert.deepEqual(await queue.get(), [uid, "item"]);
  assert.deepEqual(await queue.get(-1), [null, null]);
  assert.equal(await queue.ack(uid), true);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});
