// The twin of the Python library's README: each of its examples, and each of its sentences about behaviour.
import assert from "node:assert/strict";
import { validate as isUuid7 } from "@std/uuid/v7";
import {
  type RequiredSerializer,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
  type Serializer,
} from "../../mod.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("README: put, put, get, get", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  const hello = await queue.put("Hello World");
  const foo = await queue.put("Foo bar");
  assert.ok(isUuid7(hello) && isUuid7(foo) && hello !== foo);
  assert.deepEqual(await queue.get(), [hello, "Hello World"]);
  assert.deepEqual(await queue.get(), [foo, "Foo bar"]);
});

Deno.test("README: push and pop are other names of put and get", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  const uid = await queue.push("Hello World");
  assert.deepEqual(await queue.pop(), [uid, "Hello World"]);
  assert.deepEqual(await queue.pop(-1), [null, null]);
  assert.deepEqual(await queue.pop({ timeout: 0.01 }), [null, null]);
});

Deno.test("README: ack the good, fail the bad, get the bad again, ack it", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "test" });
  await queue.put("Good stuff");
  await queue.put("Bad stuff");
  const [uidGood, payloadGood] = await queue.get();
  const [uidBad, payloadBad] = await queue.get();
  assert.deepEqual([payloadGood, payloadBad], ["Good stuff", "Bad stuff"]);

  assert.equal(await queue.ack(uidGood!), true);
  assert.equal(await queue.fail(uidBad!), true);
  const [uid, payload] = await queue.get();
  assert.equal(uid, uidBad);
  assert.equal(payload, payloadBad);

  assert.equal(await queue.ack(uid!), true);
  assert.deepEqual(await readState(redis, "test"), EMPTY);
});

Deno.test("README: a timeout of 0, the default, blocks for ever", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const gets = [queue.get(), queue.get(0), queue.get({}), queue.get({ timeout: 0 })];
  // These end by themselves; those before have begun to wait and go on waiting.
  assert.deepEqual(await queue.get(0.2), [null, null]);
  const uids = await queue.putMany(["1", "2", "3", "4"]);
  assert.deepEqual((await Promise.all(gets)).map(([uid]) => uid), uids);
});

Deno.test("README: a positive timeout blocks so many seconds", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const started = performance.now();
  assert.deepEqual(await queue.get(1), [null, null]);
  assert.ok(performance.now() - started >= 995);
});

Deno.test("README: a negative timeout does not block", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  assert.deepEqual(await queue.get(-1), [null, null]);
  const uid = await queue.put("item");
  assert.deepEqual(await queue.get(-1), [uid, "item"]);
});

Deno.test("README: items neither acked nor failed are requeued after the autoclean interval", async () => {
  await using redis = await startRedis();
  const crashes = redis.queue({ lease: 0.2, autocleanInterval: null });
  const uid = await crashes.put("item");
  await crashes.get();
  await crashes.close();
  await using queue = redis.queue({ autocleanInterval: 0.1 });
  assert.deepEqual(await queue.get(), [uid, "item"]);
});

Deno.test("README: with an interval of null nothing is requeued", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const uid = await queue.put("item");
  await queue.get();
  await redis.command("ZADD", "srq:0:ackbuf_aging", 5, uid);
  await redis.resetCalls();
  // A cleaner that were there would pass twice in this time, even with a lease of one second.
  assert.deepEqual(await queue.get(0.3), [null, null]);
  assert.deepEqual((await readState(redis, "0")).aging, { [uid]: 5 });
});

Deno.test("README: the name is the prefix of the keys, 0 by default", async () => {
  await using redis = await startRedis();
  for (const [options, prefix] of [[{}, "srq:0:"], [{ name: "emails" }, "srq:emails:"]] as const) {
    await using queue = redis.queue(options);
    const uid = await queue.put("item");
    assert.deepEqual(await redis.keys(), [
      `${prefix}items`,
      `${prefix}queue`,
    ]);
    assert.equal(await redis.command("HGET", `${prefix}items`, uid), "item");
    assert.deepEqual(await redis.command("LRANGE", `${prefix}queue`, 0, -1), [uid]);
    await queue.clear();
  }
});

Deno.test("README: queues of different names do not meet", async () => {
  await using redis = await startRedis();
  await using one = redis.queue({ name: "one" });
  await using two = redis.queue({ name: "two" });
  await one.put("for one");
  assert.deepEqual(await two.get(-1), [null, null]);
  assert.equal((await one.get())[1], "for one");
});

Deno.test("README: hostname, port and db mean the same as a URL", async () => {
  await using redis = await startRedis();
  const { port } = redis;
  const equivalent: SafeRedisQueueOptions[] = [
    { hostname: "localhost", port, db: 7 },
    { hostname: "localhost", port: String(port), db: 7 },
    { url: `redis://localhost:${port}/7` },
    { url: `redis://localhost:${port}?db=7` },
    { url: `redis://localhost:${port}/7`, hostname: "nowhere.invalid", port: 1, db: 3, tls: true },
  ];
  const uids = [];
  for (const options of equivalent) {
    await using queue = new SafeRedisQueue({ ...options, commandTimeout: 5 });
    uids.push(await queue.put("item"));
    const [client] = await redis.clients();
    assert.equal(client!["db"], "7");
  }
  await redis.command("SELECT", 7);
  assert.deepEqual((await readState(redis, "0")).queue, uids.toReversed());
});

/** The same item through each serializer, and what Redis holds of it. */
async function throughRedis<T>(
  serializer: RequiredSerializer<T>["serializer"] | undefined,
  item: T,
): Promise<{ item: T | null; stored: unknown }> {
  await using redis = await startRedis();
  await using queue = redis.queue<T>({ serializer } as SafeRedisQueueOptions<T>);
  const uid = await queue.put(item);
  const stored = await redis.command("HGET", "srq:0:items", uid);
  const [, got] = await queue.get();
  return { item: got, stored };
}

Deno.test("README: a serializer of one's own needs dumps and loads", async () => {
  const shout: Serializer<string> = {
    dumps: (item) => item.toUpperCase(),
    loads: (data) => String(data).toLowerCase(),
  };
  assert.deepEqual(await throughRedis(shout, "hello"), { item: "hello", stored: "HELLO" });
});

Deno.test("README: a class with static dumps and loads is a serializer", async () => {
  class MyJSONSerializer {
    static loads(data: Uint8Array | string): unknown {
      return JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    }
    static dumps(data: unknown): string {
      return JSON.stringify(data);
    }
  }
  const item = { name: "Foo", tags: ["bar"] };
  assert.deepEqual(await throughRedis<unknown>(MyJSONSerializer, item), {
    item,
    stored: JSON.stringify(item),
  });
});

Deno.test("README: the json of the language works as it is", async () => {
  const item = { name: "Foo", tags: ["bar"], nested: { n: null } };
  const stored = JSON.stringify(item);
  assert.deepEqual(await throughRedis<unknown>(JSON, item), { item, stored });
});

Deno.test("README: a binary serializer works, as pickle does there", async () => {
  const dumps = (item: number[]) => new Uint8Array(Float64Array.from(item).buffer);
  const loads = (data: Uint8Array | string) => {
    assert.ok(typeof data !== "string");
    return Array.from(new Float64Array(data.slice().buffer));
  };
  const item = [0, -1.5, Math.PI, Infinity];
  assert.deepEqual((await throughRedis({ dumps, loads }, item)).item, item);
});
