import assert from "node:assert/strict";
import { RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
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
