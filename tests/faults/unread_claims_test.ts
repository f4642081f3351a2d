import assert from "node:assert/strict";
import type { SafeRedisQueue } from "../../mod.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { readState } from "../helpers/queue_state.ts";
import { ErrorLog } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const LONG = 600;

Deno.test("items put in the same instant as consumers close wait again within a second, as if never taken", async () => {
  await using redis = await startRedis();
  await using producer = redis.queue({ autocleanInterval: null });
  const found: (readonly [string, number])[] = [];
  for (let times = 0; times < 100; times++) {
    const consumer = redis.queue({ autocleanInterval: LONG, maxAttempts: 1 });
    const got = consumer.get().then(([uid]) => uid, () => null);
    await until("it waits", async () => await redis.blockedClients() === 1);
    // Now before the close, now after it, and in between.
    const early = times % 2 === 0 ? producer.put("item") : undefined;
    await Promise.resolve();
    const closed = consumer.close();
    const uid = await (early ?? producer.put("item"));
    await closed;
    if (await got !== null) await producer.ack(uid);
    else {
      const [again] = await producer.get(1);
      assert.equal(again, uid, `item ${times} does not wait`);
      await producer.fail(uid);
      found.push([uid, (await readExtras(redis, "0")).attempts[uid]!]);
      await producer.get(-1);
      await producer.ack(uid);
    }
  }
  assert.ok(found.length > 20, `only ${found.length} came for nobody`);
  assert.deepEqual(found, found.map(([uid]) => [uid, 1]));
  await producer.close();
  assert.deepEqual(await redis.command("KEYS", "*"), ["srq:0:stats"]);
});

/** A consumer with a long lease, behind a proxy. */
async function withProxy(
  redis: TestRedis,
  use: (proxy: TcpProxy, queue: SafeRedisQueue) => Promise<void>,
): Promise<void> {
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({
    ...{ port: proxy.port, autocleanInterval: LONG, maxAttempts: 1, commandTimeout: 1 },
    onError: () => {},
  });
  await queue.get(-1); // Redis knows the script from here on
  await use(proxy, queue);
}

Deno.test("a claim whose caller gave up before its answer came is taken again at once by the next", async () => {
  await using redis = await startRedis();
  await withProxy(redis, async (proxy, queue) => {
    await using producer = redis.queue({ autocleanInterval: null });
    const uid = await producer.put("item");
    const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass: 0 });
    const got = queue.get(-1).then(() => "got", () => "gave up");
    await cut;
    proxy.refuse(true);
    assert.equal(await got, "gave up");
    assert.deepEqual(Object.keys((await readState(redis, "0")).aging), [uid]);
    proxy.refuse(false);
    assert.deepEqual(await queue.get(5), [uid, "item"]);
    assert.equal(await queue.fail(uid), true);
    assert.deepEqual((await readExtras(redis, "0")).attempts, { [uid]: 1 });
  });
});

Deno.test("a claim whose caller gave up goes back with a pass of autoclean, though nobody claims again", async () => {
  await using redis = await startRedis();
  await withProxy(redis, async (proxy, queue) => {
    await using producer = redis.queue({ autocleanInterval: null });
    const uid = await producer.put("item");
    const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass: 0 });
    const got = queue.get(-1).catch(() => {});
    await cut;
    proxy.refuse(true);
    await got;
    proxy.refuse(false);
    await until("it waits again", async () => (await readState(redis, "0")).queue[0] === uid);
    assert.deepEqual((await readExtras(redis, "0")).attempts, {});
  });
});

Deno.test("answers that are too large for Redis to deliver come in smaller parts: all is handled, none dies", async () => {
  await using redis = await startRedis();
  await redis.command("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
  const log = new ErrorLog();
  await using queue = redis.queue({ maxAttempts: 1, onError: log.onError });
  await queue.putMany(Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(100_000, ".")));
  const order: number[] = [];
  const { acked, ended } = await queue.drain((item) => {
    order.push(parseInt(item.payload));
  }, { concurrency: 50 });
  assert.deepEqual([acked, ended], [200, "empty"]);
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal((await queue.stats()).dead, 0);
  assert.match(log.text, /closed the connection again.*client-output-buffer-limit/);
});

Deno.test("an item too large for Redis to deliver is put off, and stops nobody else", async () => {
  await using redis = await startRedis();
  await redis.command("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
  const log = new ErrorLog();
  await using queue = redis.queue({ maxAttempts: 1, onError: log.onError });
  const [large] = await queue.putMany(["x".repeat(3_000_000), "a", "b"]);
  const done: string[] = [];
  const { acked, ended } = await queue.drain((item) => {
    done.push(item.payload);
  }, { concurrency: 10 });
  assert.deepEqual([done, acked, ended], [["a", "b"], 2, "empty"]);
  const { waiting, delayed, dead } = await queue.stats();
  assert.deepEqual([waiting, delayed, dead], [0, 1, 0]);
  assert.match(log.text, new RegExp(`cannot hand out the item ${large} of 3000000 bytes`));

  await redis.command("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0");
  await redis.command("ZADD", "srq:0:delayed", 5, large!);
  const [uid, item] = await queue.get(-1);
  assert.deepEqual([uid, item!.length], [large, 3_000_000]);
});

Deno.test("peek and the list of dead letters pass over what Redis can't deliver", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1, autocleanInterval: null });
  const payloads = ["x".repeat(3_000_000), "a", "b"];
  await queue.putMany(payloads);
  for (const [uid] of await queue.getMany(3)) await queue.fail(uid);
  await queue.putMany(payloads);
  await redis.command("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
  const peeked = await queue.peek(10);
  assert.deepEqual(peeked.map(({ payload }) => payload), ["a", "b"]);
  const { items } = await queue.dead.list();
  assert.deepEqual(items.map(({ payload }) => payload), ["a", "b"]);
});

Deno.test("a batch that the server refuses for its size goes in smaller parts", async () => {
  await using redis = await startRedis();
  await redis.command("CONFIG", "SET", "proto-max-bulk-len", "1mb");
  await using queue = redis.queue({ autocleanInterval: null });
  const payloads = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(3_000, "."));
  await queue.putMany(payloads);
  assert.deepEqual((await queue.getMany(1_000)).map(([, item]) => item), payloads);
});
