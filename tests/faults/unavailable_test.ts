import assert from "node:assert/strict";
import { RedisReplyError, RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";

Deno.test("a put whose reply is lost for good says under which uid the item may be stored", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 1 });
  await queue.put("first");

  const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass: 0 });
  proxy.refuse(true);
  const [error] = await Promise.all([rejectionOf(RedisUnavailableError, queue.put(SECRET)), cut]);
  assert.equal(error.mayHaveHappened, true);
  const [last] = (await readState(redis, "0")).queue;
  assert.deepEqual(error.uids, [last]);
});

Deno.test("a putMany whose last reply is lost names the items that are stored", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 1 });
  await queue.put("first");
  await queue.clear();

  // They go in three batches, of which the second stays unanswered.
  let batches = 0;
  const cut = proxy.cutReply({
    request: (sent) => sent.includes("EVALSHA") && ++batches === 2 && (proxy.refuse(true), true),
    pass: 0,
  });
  const items = Array.from({ length: 2_500 }, (_, i) => `${SECRET} ${i}`);
  const [error] = await Promise.all([
    rejectionOf(RedisUnavailableError, queue.putMany(items)),
    cut,
  ]);
  assert.equal(error.mayHaveHappened, true);
  assert.deepEqual([...error.uids].reverse(), (await readState(redis, "0")).queue);
});

Deno.test("an ackMany whose last reply is lost names the items that are acked", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 1 });
  const uids = await queue.putMany(Array.from({ length: 2_500 }, (_, i) => String(i)));
  await queue.ack("unknown"); // loads the script

  let batches = 0;
  const cut = proxy.cutReply({
    request: (sent) => sent.includes("EVALSHA") && ++batches === 2 && (proxy.refuse(true), true),
    pass: 0,
  });
  const [error] = await Promise.all([rejectionOf(RedisUnavailableError, queue.ackMany(uids)), cut]);
  assert.equal(error.mayHaveHappened, true);
  const { items } = await readState(redis, "0");
  assert.deepEqual(error.uids, uids.filter((uid) => !Object.hasOwn(items, uid)));
  assert.equal(error.uids.length, 1_000);
});

Deno.test("a putMany that Redis refuses in part names the items that are stored", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const used = /used_memory:(\d+)/.exec(String(await redis.command("INFO", "memory")))![1]!;
  await redis.command("CONFIG", "SET", "maxmemory", Number(used) + 8e6);
  const items = Array.from({ length: 2_500 }, () => SECRET.padEnd(4_000));
  const error = await rejectionOf(RedisReplyError, queue.putMany(items));
  assert.equal(error.code, "OOM");
  assert.ok(error.uids.length > 0);
  assert.deepEqual(error.uids.toReversed(), (await readState(redis, "0")).queue);
});

/** Calls about the items `a` and `b`, which are in hand. */
const CALLS: Record<string, [uids: string[], call: (queue: SafeRedisQueue) => Promise<unknown>]> = {
  ack: [["a"], (queue) => queue.ack("a")],
  fail: [["a"], (queue) => queue.fail("a")],
  touch: [["a"], (queue) => queue.touch("a")],
  release: [["a"], (queue) => queue.release("a")],
  releaseMany: [["a", "b"], (queue) => queue.releaseMany(["a", "b"])],
  "dead.requeue": [["a", "b"], (queue) => queue.dead.requeue(["a", "b"])],
  "dead.delete": [["a"], (queue) => queue.dead.delete("a")],
};

for (const [name, [uids, call]] of Object.entries(CALLS)) {
  Deno.test(`a ${name} in an outage names its own items, and not those of other calls`, async () => {
    await using queue = new SafeRedisQueue({ port: 1, commandTimeout: 0.1 });
    const other = rejectionOf(RedisUnavailableError, queue.ack("other"));
    const error = await rejectionOf(RedisUnavailableError, call(queue));
    assert.deepEqual(error.uids, uids);
    assert.equal(error.mayHaveHappened, false);
    assert.deepEqual((await other).uids, ["other"]);
  });
}

for (const name of ["ack", "fail", "touch", "release"] as const) {
  Deno.test(`an item.${name} in an outage names its item`, async () => {
    await using redis = await startRedis();
    await using proxy = new TcpProxy(redis.port);
    await using queue = redis.queue({ port: proxy.port, commandTimeout: 0.2, onError: () => {} });
    const uids = await queue.putMany(["1", "2"]);
    const told: Record<string, readonly string[]> = {};
    const both = Promise.withResolvers<void>();
    const toldBoth = Promise.withResolvers<void>();
    let arrived = 0;
    await queue.drain(async (item) => {
      if (++arrived === 2) {
        proxy.refuse(true);
        proxy.cutAll();
        both.resolve();
      }
      await both.promise;
      told[item.uid] = (await rejectionOf(RedisUnavailableError, item[name]())).uids;
      if (--arrived === 0) toldBoth.resolve();
      await toldBoth.promise;
      proxy.refuse(false);
    }, { concurrency: 2, maxItems: 2 });
    assert.deepEqual(told, Object.fromEntries(uids.map((uid) => [uid, [uid]])));
  });
}

Deno.test("a call in an outage is given up after commandTimeout, and nothing has happened", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  proxy.refuse(true);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 0.5, onError });
  const calledAt = performance.now();
  const error = await rejectionOf(RedisUnavailableError, queue.put(SECRET));
  const elapsed = performance.now() - calledAt;
  assert(elapsed > 450 && elapsed < 2_000, String(elapsed));
  assert.equal(error.mayHaveHappened, false);
  assert.match(error.message, /^Cannot put an item: Redis at 127\.0\.0\.1:\d+ cannot be reached/);

  proxy.refuse(false);
  await queue.put("now");
  assert.equal(await queue.size(), 1);
});

Deno.test("an item that was done before its put is sent again comes again, under the same uid", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using producer = redis.queue({ port: proxy.port, autocleanInterval: null });
  await using consumer = redis.queue();
  await producer.put("first");
  await producer.clear();

  const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass: 0 });
  proxy.refuse(true);
  const put = producer.put("second");
  await cut;
  const [uid] = await consumer.get(-1);
  assert.equal(await consumer.ack(uid!), true);
  proxy.refuse(false);
  assert.equal(await put, uid);
  assert.deepEqual(await consumer.get(-1), [uid, "second"]);
});

Deno.test("a get whose time is up tells that Redis is away, whichever of its connections knows", async () => {
  let attempts = 0;
  await using queue = new SafeRedisQueue({
    // The first attempt, for its scripts, fails; those that follow take longer than the get waits.
    connect: () => attempts++ === 0 ? Promise.reject(new Error("away")) : new Promise(() => {}),
    autocleanInterval: null,
    commandTimeout: 2,
  });
  const error = await rejectionOf(RedisUnavailableError, queue.get(1.2));
  assert.match(error.message, /^Cannot get an item: .*away/);
});
