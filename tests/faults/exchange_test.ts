import assert from "node:assert/strict";
import { RedisReplyError, RedisUnavailableError, type SafeRedisQueue } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { HeldReplies } from "../helpers/held_replies.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const keys = queueKeys("0");
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

/** One item in hand, one that waits. All scripts are known from here on. */
async function oneInHand(queue: SafeRedisQueue): Promise<{ held: string; waiting: string }> {
  await queue.ack("unknown");
  const [held, waiting] = await queue.putMany(["held", "waiting"]);
  await queue.get(-1);
  return { held: held!, waiting: waiting! };
}

/** The number of script calls during `action`. */
async function scriptCalls(redis: TestRedis, action: () => Promise<unknown>): Promise<number> {
  await redis.resetCalls();
  await action();
  const { evalsha = 0, eval: whole = 0 } = await redis.calls();
  return evalsha + whole;
}

Deno.test("an ack that is not awaited goes in one call with the get behind it, or before it", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  for (const isFirst of [true, false]) {
    const { held, waiting } = await oneInHand(queue);
    const calls = await scriptCalls(redis, async () => {
      const early = isFirst ? queue.ack(held) : undefined;
      const got = queue.get(-1);
      assert.deepEqual([await (early ?? queue.ack(held)), await got], [true, [waiting, "waiting"]]);
    });
    assert.equal(calls, 1);
    assert.equal(await queue.ack(waiting), true);
  }
});

Deno.test("an ack that no get follows goes by itself, at once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const { held, waiting } = await oneInHand(queue);
  assert.equal(await scriptCalls(redis, () => queue.ack(held)), 1);
  await queue.get(-1);
  const got = queue.get();
  await until("it waits", async () => await redis.blockedClients() === 1);
  assert.equal(await queue.ack(waiting), true);
  const uid = await queue.put("last");
  assert.deepEqual(await got, [uid, "last"]);
});

Deno.test("a loop of gets whose acks are not awaited costs one call an item", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await oneInHand(queue);
  await queue.clear();
  await queue.putMany(numbers(100));
  const acks: Promise<boolean>[] = [];
  const calls = await scriptCalls(redis, async () => {
    for (;;) {
      const [uid] = await queue.get(-1);
      if (uid === null) break;
      acks.push(queue.ack(uid));
    }
    assert.deepEqual(await Promise.all(acks), Array(100).fill(true));
  });
  assert.equal(calls, 101);
  assert.equal((await queue.stats()).totals.acked, 100);
});

for (const [concurrency, most] of [[1, 303], [10, 33], [50, 9], [100, 9]] as const) {
  Deno.test(`a drain of 300 items with concurrency ${concurrency} costs ${most} calls at most`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ autocleanInterval: null });
    await oneInHand(queue);
    await queue.clear();
    await queue.putMany(numbers(300));
    const calls = await scriptCalls(redis, async () => {
      const { acked } = await queue.drain(() => {}, { concurrency });
      assert.equal(acked, 300);
    });
    assert.ok(calls <= most, `${calls} calls`);
    assert.deepEqual(await readState(redis, "0"), EMPTY);
  });
}

// Redis refuses one of the two.

for (const place of ["queue", "popped", "claims"] as const) {
  Deno.test(`an ack is as if it had gone alone where the claim that it goes with is refused at ${keys[place]}`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ autocleanInterval: null });
    const { held, waiting } = await oneInHand(queue);
    if (place !== "popped") await redis.command("RENAME", keys[place], "aside");
    await redis.command("SET", keys[place], SECRET);

    const acked = queue.ack(held);
    const error = await rejectionOf(RedisReplyError, queue.get(-1));
    assert.match(error.message, /^Cannot get an item: /);
    assert.ok(error.message.includes(JSON.stringify(keys[place])), error.message);
    assert.equal(await acked, true);

    await redis.command("DEL", keys[place]);
    if (place !== "popped") await redis.command("RENAME", "aside", keys[place]);
    assert.deepEqual(await queue.get(-1), [waiting, "waiting"]);
    assert.equal((await queue.stats()).totals.acked, 1);
  });
}

Deno.test("a get is as if it had gone alone where the ack that it goes with is refused", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const { waiting } = await oneInHand(queue);
  await redis.command("SET", keys.ackbuf, SECRET);
  const got = queue.get(-1);
  const error = await rejectionOf(RedisReplyError, queue.ack("unknown"));
  assert.match(error.message, /^Cannot ack an item: .* in LREM on the key "srq:0:ackbuf"/);
  assert.deepEqual(await got, [waiting, "waiting"]);
  assert.deepEqual((await readExtras(redis, "0")).attempts, {});
});

for (const [command, refused] of [["LREM", "ack"], ["LRANGE", "get"]] as const) {
  Deno.test(`without the permission for ${command} only the ${refused} of the two is refused`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ autocleanInterval: null });
    const { held, waiting } = await oneInHand(queue);
    await redis.command("ACL", "SETUSER", "default", "+@all", `-${command}`);
    const acked = queue.ack(refused === "ack" ? "unknown" : held);
    const got = queue.get(-1);
    const error = await rejectionOf(RedisReplyError, refused === "ack" ? acked : got);
    assert.equal(error.code, "NOPERM");
    assert.match(error.message, new RegExp(`^Cannot ${refused} an item: .*${command}`));
    if (refused === "ack") assert.deepEqual(await got, [waiting, "waiting"]);
    else await acked;
    await redis.command("ACL", "SETUSER", "default", "+@all");
    const { items } = await readState(redis, "0");
    assert.equal(held in items, refused === "ack");
    if (refused === "get") assert.deepEqual(await queue.get(-1), [waiting, "waiting"]);
  });
}

Deno.test("a full Redis refuses a put, though an ack and a get go with it", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const { held, waiting } = await oneInHand(queue);
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const calls = [queue.put(SECRET), queue.ack(held), queue.get(-1)] as const;
  const [put, acked, got] = await Promise.allSettled(calls);
  assert.equal(put.status === "rejected" && put.reason.code, "OOM");
  assert.deepEqual([acked, got], [
    { status: "fulfilled", value: true },
    { status: "fulfilled", value: [waiting, "waiting"] },
  ]);
});

const passing = {
  READONLY: [["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]],
  NOREPLICAS: [
    ["CONFIG", "SET", "min-replicas-to-write", "1"],
    ["CONFIG", "SET", "min-replicas-to-write", "0"],
  ],
} as const;

for (const [answer, [begin, end]] of Object.entries(passing)) {
  Deno.test(`an ack and a get that go together wait while Redis answers ${answer}`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ autocleanInterval: null });
    const { held, waiting } = await oneInHand(queue);
    const [name, ...args] = begin;
    await redis.command(name, ...args);
    const both = [queue.ack(held), queue.get(-1)] as const;
    const isRefused = new RegExp(`^errorstat_${answer}:`, "m");
    await until(
      "it is refused",
      async () => isRefused.test(String(await redis.command("INFO", "errorstats"))),
    );
    const [healing, ...how] = end;
    await redis.command(healing, ...how);
    assert.deepEqual(await Promise.all(both), [true, [waiting, "waiting"]]);
  });
}

Deno.test("an ack and a get whose Redis is away both say so, each once", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using queue = redis.queue({
    port: proxy.port,
    autocleanInterval: null,
    commandTimeout: 0.3,
  });
  const { held } = await oneInHand(queue);
  proxy.freeze({ andNew: true });
  for (const call of [queue.ack(held), queue.get(-1)]) {
    const error = await rejectionOf(RedisUnavailableError, call);
    assert.match(error.message, /^Cannot ack an item and get an item: /);
    assert.equal(error.mayHaveHappened, true);
  }
  proxy.thaw();
});

Deno.test("drained through a proxy that cuts answers again and again, each item is handled and acked once", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  const { onError } = new ErrorLog();
  for (const prefetch of [0, 50]) {
    await using queue = redis.queue({ port: proxy.port, maxAttempts: 1, onError });
    const uids = await queue.putMany(numbers(200));
    const handled: string[] = [];
    const drained = queue.drain(({ uid }) => void handled.push(uid), { concurrency: 5, prefetch });
    // Not each: an item whose answers are lost five times in a row is put off.
    let calls = 0;
    const isThird = (sent: string) => sent.includes("EVALSHA") && ++calls % 3 === 0;
    for (let pass = 0, isOver = false; !isOver; pass = (pass + 37) % 400) {
      const cut = proxy.cutReply({ request: isThird, pass }).then(() => false);
      isOver = await Promise.race([cut, drained.then(() => true)]);
    }
    const { acked, ended } = await drained;
    assert.deepEqual([handled, acked, ended], [uids, 200, "empty"]);
    assert.deepEqual(await readState(redis, "0"), EMPTY);
    assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
    await queue.clear();
  }
});

// The end of a queue.

Deno.test("an ack that waits for a claim under way is told though the queue closes", async () => {
  await using redis = await startRedis();
  const replies = new HeldReplies(redis, "EVALSHA");
  const queue = redis.queue({ connect: replies.connect, autocleanInterval: null });
  const { held, waiting } = await oneInHand(queue);
  const claimed = replies.hold();
  const stop = new AbortController();
  const got = queue.get({ signal: stop.signal }).catch(() => "aborted");
  await claimed;
  const acked = queue.ack(held);
  stop.abort();
  assert.equal(await got, "aborted");
  const closed = queue.close();
  replies.release();
  assert.equal(await acked, true);
  await closed;
  assert.deepEqual(await readState(redis, "0"), {
    ...EMPTY,
    ...{ items: { [waiting]: "waiting" }, queue: [waiting] },
  });
});
