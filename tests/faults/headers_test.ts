import assert from "node:assert/strict";
import { RedisReplyError, type SafeRedisQueue } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const KEY = queueKeys("0").headers;
const HEADERS = { secret: SECRET };

/** The puts that write the key. */
const puts: Record<string, (queue: SafeRedisQueue) => Promise<unknown>> = {
  "put": (queue) => queue.put(SECRET, { headers: HEADERS }),
  "put of many": (queue) => queue.putMany([SECRET, SECRET], { headers: HEADERS }),
  "put under a uid": (queue) => queue.put(SECRET, { uid: "u", headers: HEADERS }),
  "put again without headers": (queue) => queue.put(SECRET, { uid: "u" }),
  "put with an order key": (queue) => queue.put(SECRET, { orderKey: "k", headers: HEADERS }),
  "put for later": (queue) => queue.put(SECRET, { delay: 60, headers: HEADERS }),
};

/** A refused put has left nothing but uids without payload, which are dropped when their turn comes. */
async function assertNothingStored(redis: TestRedis): Promise<void> {
  await using queue = redis.queue({ autocleanInterval: null });
  for (const uid of Object.keys((await readExtras(redis, "0")).delayed)) {
    await redis.command("ZADD", queueKeys("0").delayed, 1, uid);
  }
  assert.deepEqual(await queue.get(-1), [null, null]);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
}

for (const [name, put] of Object.entries(puts)) {
  Deno.test(`something else in place of headers is named, and nothing is stored: ${name}`, async () => {
    await using redis = await startRedis();
    await redis.command("SET", KEY, SECRET);
    await using queue = redis.queue({ autocleanInterval: null });
    const { code, message } = await rejectionOf(RedisReplyError, put(queue));
    assert.equal(code, "WRONGTYPE");
    assert.ok(message.includes(KEY), message);
    await redis.command("DEL", KEY);
    await assertNothingStored(redis);
  });

  Deno.test(`a full Redis refuses it whole: ${name}`, async () => {
    await using redis = await startRedis(["--maxmemory-policy", "noeviction"]);
    await using queue = redis.queue({ autocleanInterval: null, onError: () => {} });
    // As Python leaves them: a put again deletes them, which needs no memory.
    await redis.command("HSET", KEY, "u", "{}");
    await redis.command("HSET", queueKeys("0").orderkeys, "u", "000000000000000k");
    await redis.command("CONFIG", "SET", "maxmemory", 1);
    assert.equal((await rejectionOf(RedisReplyError, put(queue))).code, "OOM");
    assert.deepEqual(await readState(redis, "0"), EMPTY);
    assert.deepEqual(await readExtras(redis, "0"), {
      ...NO_EXTRAS,
      headers: { u: "{}" },
      orderkeys: { u: "000000000000000k" },
    });
  });

  Deno.test(`no permission for the key is told, and nothing is stored: ${name}`, async () => {
    await using redis = await startRedis();
    const user = ["on", `>${SECRET}`, "&*", "+@all", "resetkeys"];
    const keys = Object.values(queueKeys("0")).filter((key) => key !== KEY).map((key) => `~${key}`);
    await redis.command("ACL", "SETUSER", "limited", ...user, ...keys);
    await using queue = redis.queue({
      ...{ username: "limited", password: SECRET, autocleanInterval: null },
    });
    assert.equal((await rejectionOf(RedisReplyError, put(queue))).code, "NOPERM");
    await assertNothingStored(redis);
  });
}

Deno.test("something else in place of headers keeps items where they are, and is named", async () => {
  await using redis = await startRedis();
  const state = { ...EMPTY, items: { a: "1", b: "2" }, queue: ["a"], aging: { b: 1 } };
  await seed(redis, "0", state);
  await redis.command("SET", KEY, SECRET);
  await using queue = redis.queue({ autocleanInterval: null });
  const calls = [() => queue.get(-1), () => queue.ack("b"), () => queue.peek()];
  for (const call of calls) {
    const { code, message } = await rejectionOf(RedisReplyError, call());
    assert.equal(code, "WRONGTYPE");
    assert.ok(message.includes(KEY), message);
    assert.deepEqual(await readState(redis, "0"), state);
  }
  await redis.command("DEL", KEY);
  assert.equal((await queue.get(-1))[0], "a");
  assert.equal(await queue.ack("b"), true);
});

Deno.test("an ack that can't delete the headers, or the item, deletes neither", async () => {
  await using redis = await startRedis();
  await using producer = redis.queue({ autocleanInterval: null });
  for (const place of ["headers", "items"] as const) {
    const uid = await producer.put("a", { headers: HEADERS });
    const log = new ErrorLog();
    await using queue = redis.queue({ autocleanInterval: null, onError: log.onError });
    const key = queueKeys("0")[place];
    await queue.drain(async () => {
      await redis.command("RENAME", key, "aside");
      await redis.command("SET", key, SECRET);
    });
    assert.ok(log.text.includes(key), log.text);
    await redis.command("RENAME", "aside", key);
    assert.deepEqual(Object.keys((await readState(redis, "0")).items), [uid], place);
    assert.deepEqual(Object.keys((await readExtras(redis, "0")).headers), [uid], place);
    assert.equal(await producer.ack(uid), true);
  }
});

Deno.test("a full Redis hands out items with headers, and takes their acks", async () => {
  await using redis = await startRedis(["--maxmemory-policy", "noeviction"]);
  await using queue = redis.queue({ onError: () => {} });
  await queue.putMany(["1", "2", "3"], { headers: HEADERS });
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const { acked } = await queue.drain(({ headers }) => assert.deepEqual(headers, HEADERS));
  assert.equal(acked, 3);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("with any part of its answers cut, an item comes with its headers, and once", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  await using producer = redis.queue();
  await using queue = redis.queue({ port: proxy.port, autocleanInterval: null });
  // The answer of a claim with headers has about 200 bytes.
  for (let pass = 0; pass < 240; pass += 7) {
    await producer.putMany(["a", "b"], { headers: HEADERS });
    const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass });
    const seen: unknown[] = [];
    await queue.drain(({ payload, headers }) => seen.push([payload, headers]), { concurrency: 2 });
    assert.deepEqual(seen, [["a", HEADERS], ["b", HEADERS]], `after ${pass} bytes`);
    await cut;
  }
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("one item with headers is claimed at once beside a million headers of others", async () => {
  await using redis = await startRedis();
  const { headers } = queueKeys("0");
  const fill = `for i = 1, 1000000 do redis.call('HSET', KEYS[1], 'uid ' .. i, '{"a":"1"}') end`;
  await redis.command("EVAL", fill, 1, headers);
  await using queue = redis.queue({ autocleanInterval: null });
  await queue.put("a", { headers: HEADERS });
  await redis.command("CONFIG", "RESETSTAT");
  await queue.drain((item) => assert.deepEqual(item.headers, HEADERS));
  const stats = String(await redis.command("INFO", "commandstats"));
  const slowest = [...stats.matchAll(/cmdstat_evalsha:.*usec_per_call=([\d.]+)/g)];
  assert.ok(Number(slowest[0]![1]) < 1_000, stats);
  await until("only those are left", async () => await redis.command("HLEN", headers) === 1e6);
});
