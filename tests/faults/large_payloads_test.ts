import assert from "node:assert/strict";
import { bytes, RedisReplyError } from "../../mod.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

/** Large enough to travel by a command of its own. */
const SIZE = 100_000;
/** Zeros: a client may take an answer that is cut for a string of them. */
const ZEROS = new Uint8Array(SIZE);

Deno.test("large items come out as they went in, in order, of many sizes, empty ones among them", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: bytes });
  const sizes = [SIZE, 32 * 1024 + 1, 0, 5, SIZE, 32 * 1024, SIZE, 1_500_000, SIZE];
  const items = sizes.map((size, i) => new Uint8Array(size).fill(i));
  await Promise.all(items.map((item) => queue.put(item)));
  await queue.put(items[0]!);
  await queue.put(items[1]!);
  const taken = await queue.getMany(3, -1);
  for (const max of [1, 1, 1, 3, 100]) taken.push(...await queue.getMany(max, -1));
  assert.deepEqual(taken.map(([, item]) => item), [...items, items[0], items[1]]);
  assert.deepEqual((await queue.ackMany(taken.map(([uid]) => uid))).includes(false), false);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("with any part of its answers cut, a large item is taken whole, and once", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, serializer: bytes, autocleanInterval: null });
  await using producer = redis.queue({ serializer: bytes });
  await producer.put(ZEROS);
  await queue.drain(() => {}); // it knows now that payloads are large
  const passes = [
    0,
    1,
    2,
    3,
    4,
    8,
    9,
    10,
    11,
    12,
    13,
    5_000,
    SIZE,
    SIZE + 14,
    SIZE + 16,
    SIZE + 18,
  ];
  for (const command of ["EVALSHA", "HMGET"]) {
    for (const pass of passes) {
      const uid = await producer.put(ZEROS);
      const cut = proxy.cutReply({ request: (sent) => sent.includes(command), pass });
      const [taken, gone] = await queue.get(-1);
      assert.equal(taken, uid, `${command} after ${pass} bytes`);
      assert.deepEqual(gone, ZEROS, `${command} after ${pass} bytes`);
      assert.equal(await queue.ack(taken), true);
      if (pass > 100 && command === "EVALSHA") break; // no such answer is that long
      await cut;
    }
  }
});

Deno.test("with any part of its answers cut, a put of large items stores and queues them", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, serializer: bytes, autocleanInterval: null });
  await using consumer = redis.queue({ serializer: bytes });
  await queue.put(ZEROS);
  await consumer.drain(() => {});
  for (let pass = 0; pass < 12; pass++) {
    const cut = proxy.cutReply({ request: (sent) => sent.includes("HSET"), pass });
    const uid = await queue.put(ZEROS);
    if (!await cut) break;
    const seen: string[] = [];
    await consumer.drain((item) => void seen.push(item.uid));
    assert.deepEqual(seen, [uid], `after ${pass} bytes`);
    assert.deepEqual(await readState(redis, "0"), EMPTY);
  }
});

Deno.test("a large item whose place in the queue is refused is not stored", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: bytes });
  await redis.command("SET", "srq:0:queue", "of another program");
  await assert.rejects(queue.put(ZEROS), RedisReplyError);
  assert.equal(await redis.command("HLEN", "srq:0:items"), 0);
});

Deno.test("a large item whose payload is refused is not queued", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: bytes });
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  await assert.rejects(queue.put(ZEROS), { code: "OOM" });
  await redis.command("CONFIG", "SET", "maxmemory", 0);
  await redis.command("SET", "srq:0:items", "of another program");
  await assert.rejects(queue.put(ZEROS), { code: "WRONGTYPE" });
  await redis.command("DEL", "srq:0:items");
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("of a large item that is gone when its payload is fetched nothing is handled", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, serializer: bytes });
  await using other = redis.queue({ serializer: bytes });
  await other.put(ZEROS);
  await queue.drain(() => {});
  const uid = await other.put(ZEROS);
  // The answer with its payload is cut, and the item is acked before it is asked for again.
  proxy.refuse(true);
  const cut = proxy.cutReply({ request: (sent) => sent.includes("HMGET"), pass: 3 });
  const taken = queue.get(-1);
  await cut;
  await until("it is in flight", async () => await other.inFlight() === 1);
  await other.ack(uid);
  proxy.refuse(false);
  assert.deepEqual(await taken, [null, null]);
});
