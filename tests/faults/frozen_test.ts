import assert from "node:assert/strict";
import { RedisUnavailableError } from "../../mod.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { ErrorLog, rejectionOf, rejectionsOf } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { drain, Traffic } from "../helpers/traffic.ts";
import { until } from "../helpers/until.ts";

Deno.test("a call on a frozen connection is sent again over another within seconds", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port });
  await queue.put("before");
  proxy.freeze();
  const frozenAt = performance.now();
  await queue.put("behind");
  assert(performance.now() - frozenAt < 5_000);
  assert.equal(await queue.size(), 2);
});

Deno.test("a frozen connection is replaced even when each call is given up sooner than that is noticed", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({
    port: proxy.port,
    commandTimeout: 0.6,
    onError: new ErrorLog().onError,
  });
  await queue.put("before");
  proxy.freeze();
  const first = await rejectionOf(RedisUnavailableError, queue.put("lost in the ice"));
  assert.equal(first.mayHaveHappened, true);
  assert.equal(first.uids.length, 1);
  await until("a call succeeds", () => queue.put("behind").then(() => true, () => false));
  assert.equal(await queue.size(), 2);
});

Deno.test("an attempt to connect that stays unanswered is followed by another within seconds", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 30 });
  proxy.freeze({ andNew: true });
  const calledAt = performance.now();
  const put = queue.put("a");
  await until("the first attempt is frozen", () => proxy.open === 1);
  proxy.freeze(); // it stays so; those to come pass
  await put;
  assert(performance.now() - calledAt < 10_000);
});

Deno.test("a get that waits on a frozen connection is sent again over another within seconds", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using consumer = redis.queue({
    port: proxy.port,
    autocleanInterval: 1,
    idleInterval: 4,
    onError: new ErrorLog().onError,
  });
  await using producer = redis.queue();
  const got = consumer.get(30);
  await until("it waits", async () => await redis.blockedClients() === 1);
  proxy.freeze();
  const frozenAt = performance.now();
  // The frozen connection's pop takes it: it comes back at the end of its lease.
  const uid = await producer.put("Hello");
  assert.deepEqual(await got, [uid, "Hello"]);
  assert(performance.now() - frozenAt < 12_000);
  assert.equal(await consumer.ack(uid), true);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("with every connection frozen no call hangs, and all go on when the network is back", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 1, onError });
  const waiting = queue.get();
  waiting.catch(() => {}); // awaited below
  await until("it waits", async () => await redis.blockedClients() === 1);
  proxy.freeze({ andNew: true });
  const calls = [
    queue.put("a"),
    queue.putMany(["b", "c"]),
    queue.ack("d"),
    queue.fail("e"),
    queue.release("f"),
    queue.size(),
    queue.get(-1),
  ];
  const frozenAt = performance.now();
  await rejectionsOf(RedisUnavailableError, calls);
  assert(performance.now() - frozenAt < 3_000);

  proxy.thaw();
  await until("a call succeeds", () => queue.size().then(() => true, () => false));
  // One of the items whose put was given up may have been stored all the same, and got by `waiting`.
  await queue.put("at last");
  const [uid] = await waiting;
  assert.equal(await queue.ack(uid!), true);
});

Deno.test("a Redis that is suspended under traffic loses nothing, and all go on when it runs again", async () => {
  await using server = await RedisProcess.start();
  await using redis = await server.connect();
  const { onError } = new ErrorLog();
  await using producer = redis.queue({ commandTimeout: 20, onError });
  await using consumer = redis.queue({ autocleanInterval: 2, onError });
  const traffic = new Traffic(producer, consumer);
  await traffic.flows();

  server.suspend();
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  server.resume();
  const resumedAt = performance.now();
  await traffic.flows();
  assert(performance.now() - resumedAt < 3_000);
  await traffic.end();
  assert.deepEqual(traffic.refusals, []);
  await drain(redis, consumer);
});
