import assert from "node:assert/strict";
import { createLazyClient } from "@db/redis";
import { RedisReplyError, RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
import { bulk, FakeRedis } from "../helpers/fake_redis.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog, rejection, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { drain, Traffic } from "../helpers/traffic.ts";
import { until } from "../helpers/until.ts";

Deno.test("SCRIPT FLUSH in mid-traffic does no harm", async () => {
  await using redis = await startRedis();
  await using producer = redis.queue();
  await using consumer = redis.queue();
  const traffic = new Traffic(producer, consumer);
  for (let round = 0; round < 20; round++) {
    await traffic.flows(20);
    await redis.command("SCRIPT", "FLUSH");
  }
  await traffic.end();
  assert.deepEqual(traffic.refusals, []);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("CLIENT KILL of all connections in mid-traffic loses nothing", async () => {
  await using redis = await startRedis();
  const { onError } = new ErrorLog();
  await using producer = redis.queue({ onError });
  await using consumer = redis.queue({ autocleanInterval: 0.5, onError });
  const traffic = new Traffic(producer, consumer);
  for (let round = 0; round < 20; round++) {
    await traffic.flows(20);
    await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  }
  await traffic.end();
  assert.deepEqual(traffic.refusals, []);
  await drain(redis, consumer);
});

for (const seconds of [2, 5]) {
  Deno.test(`CLIENT PAUSE for ${seconds} s delays all and loses nothing`, async () => {
    await using redis = await startRedis();
    const { onError } = new ErrorLog();
    await using producer = redis.queue({ onError });
    await using consumer = redis.queue({ autocleanInterval: 1, onError });
    const traffic = new Traffic(producer, consumer);
    await traffic.flows();
    await redis.command("CLIENT", "PAUSE", seconds * 1000, "ALL");
    const done = traffic.done.size;
    await traffic.flows();
    assert(traffic.done.size > done);
    await traffic.end();
    assert.deepEqual(traffic.refusals, []);
    await drain(redis, consumer);
  });
}

Deno.test("a full Redis refuses puts, and consumers still drain it", async () => {
  await using redis = await startRedis(["--maxmemory-policy", "noeviction"]);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ onError });
  const uids = await queue.putMany(Array.from({ length: 100 }, (_, i) => `${i}`));
  const [first] = await queue.get(-1);
  const name = "abandoned";
  await seed(redis, name, {
    items: { popped: "a", expired: "b", lost: "c" },
    ackbuf: ["popped"],
    aging: { expired: 1 },
  });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  const error = await rejectionOf(RedisReplyError, queue.put(SECRET));
  assert.equal(error.code, "OOM");
  assert.match(error.message, /^Cannot put an item: .*raise maxmemory/);
  assert.equal(await queue.fail(first!), true);
  const left: string[] = [];
  for (let i = 0; i < uids.length; i++) {
    const [uid] = await queue.get(5);
    left.push(uid!);
    if (i === 0) assert.equal(await queue.release(uid!), true);
    if (i === 0) assert.equal((await queue.get(5))[0], uid);
    assert.equal(await queue.ack(uid!), true);
  }
  assert.deepEqual(left, [...uids.slice(1), first]);
  assert.deepEqual(await readState(redis, "0"), EMPTY);

  await using abandoned = redis.queue({ name, autocleanInterval: 0.3, onError });
  const recovered = new Set<string | null>();
  while (recovered.size < 3) {
    const [uid] = await abandoned.get(5);
    recovered.add(uid);
    await abandoned.ack(uid!);
  }
  assert.deepEqual([...recovered].sort(), ["expired", "lost", "popped"]);
});

Deno.test("a get that waits outlives a full Redis", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  await using other = redis.queue();
  const uid = await other.put("a");
  await other.get(-1);
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const got = consumer.get(20);
  await until("it was refused", async () => {
    return /^errorstat_OOM:/m.test(String(await redis.command("INFO", "errorstats")));
  });
  assert.equal(await other.fail(uid), true);
  assert.deepEqual(await got, [uid, "a"]);

  const next = consumer.get(20);
  await redis.command("CONFIG", "SET", "maxmemory", 0);
  await until("it waits in Redis again", async () => await redis.blockedClients() === 1);
  assert.deepEqual([await other.put("b"), "b"], await next);
});

Deno.test("a read-only replica refuses puts in bounded time, and takes them when it is promoted", async () => {
  await using master = await startRedis();
  await using redis = await startRedis(["--replicaof", "127.0.0.1", String(master.port)]);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ commandTimeout: 0.7, onError });
  const calledAt = performance.now();
  const error = await rejectionOf(RedisUnavailableError, queue.put(SECRET));
  assert(performance.now() - calledAt < 2_000);
  assert.match(error.message, /READONLY/);
  assert.equal(error.mayHaveHappened, false);

  await redis.command("REPLICAOF", "NO", "ONE");
  const uid = await queue.put("now");
  assert.deepEqual(await queue.get(-1), [uid, "now"]);
});

Deno.test("a get outlives the demotion of its master", async () => {
  await using other = await startRedis();
  await using redis = await startRedis();
  const log = new ErrorLog();
  await using queue = redis.queue({ commandTimeout: 1, onError: log.onError });
  const got = queue.get();
  await until("it waits", async () => await redis.blockedClients() === 1);
  await redis.command("REPLICAOF", "127.0.0.1", other.port);
  await until("the outage is told", () => log.errors.length > 0);
  // A claim is sent with the blocked pop: Redis says UNBLOCKED to the pop, and closes the connection before the claim.
  assert.match(log.text, /UNBLOCKED|READONLY|Redis closed the connection/);
  await redis.command("REPLICAOF", "NO", "ONE");
  const uid = await queue.put("now");
  assert.deepEqual(await got, [uid, "now"]);
});

Deno.test("calls wait while a script of somebody else keeps Redis busy", async () => {
  await using redis = await startRedis(["--lua-time-limit", "50"]);
  await using other = redis.queue();
  await using hasty = redis.queue({ commandTimeout: 0.5 });
  await other.put("before");
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ name: "waited", onError });
  const got = queue.get();
  await until("it waits", async () => await redis.blockedClients() === 1);

  using busy = createLazyClient({ ...at(redis), maxRetryCount: 0 });
  const endless = rejection(busy.sendCommand("EVAL", ["while true do end", 0]));
  await until("Redis is busy", () => redis.command("PING").then(() => false, () => true));
  const put = queue.put("during");
  const error = await rejectionOf(RedisUnavailableError, hasty.put(SECRET));
  assert.match(error.message, /BUSY/);
  await redis.command("SCRIPT", "KILL");
  await endless;
  assert.deepEqual(await got, [await put, "during"]);
});

Deno.test("calls wait while Redis loads its data", async () => {
  const startedAt = performance.now();
  const loading = () => performance.now() - startedAt < 1_000;
  await using server = new FakeRedis(([name]) => {
    if (name === "INFO") return bulk("redis_version:7.0.0\r\n");
    if (loading()) return "-LOADING Redis is loading the dataset in memory\r\n";
    return name === "EVALSHA" ? bulk("1") : "+OK\r\n";
  });
  await using queue = new SafeRedisQueue({ ...at(server), commandTimeout: 5 });
  await queue.put(SECRET);
  assert(!loading());
});

for (
  const answer of [
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOREPLICAS Not enough good replicas to write.",
    "CLUSTERDOWN The cluster is down",
  ]
) {
  Deno.test(`calls wait while Redis answers ${answer.split(" ")[0]}`, async () => {
    await using server = new FakeRedis(([name], connection) => {
      if (name === "INFO") return bulk("redis_version:7.0.0\r\n");
      if (name !== "EVALSHA") return "+OK\r\n";
      return connection > 3 ? bulk("1") : `-${answer}\r\n`;
    });
    await using queue = new SafeRedisQueue({ ...at(server), autocleanInterval: null });
    await queue.put(SECRET);
  });
}

Deno.test("calls wait while Redis has no room for another client", async () => {
  await using redis = await startRedis();
  await using others = new DisposableStack();
  await redis.command("CONFIG", "SET", "maxclients", 5);
  for (let i = 0; i < 4; i++) {
    others.use(await Deno.connect({ hostname: "127.0.0.1", port: redis.port }));
  }
  await until("it is full", async () => {
    return /^connected_clients:5/m.test(String(await redis.command("INFO", "clients")));
  });
  await using queue = redis.queue({ commandTimeout: 0.5 });
  // Redis closes the connection at once: now and then its answer is lost with it.
  await until("a put is refused for want of room", async () => {
    const error = await rejectionOf(RedisUnavailableError, queue.put(SECRET));
    return /max number of clients/.test(error.message);
  });
  await using patient = redis.queue();
  const put = patient.put("patience");
  others.dispose();
  await put;
  assert.equal(await queue.size(), 1);
});

function at({ port }: { port: number }) {
  return { hostname: "127.0.0.1", port };
}
