import assert from "node:assert/strict";
import { bytes } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const HEADERS = {
  tenant: "käse",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

async function assertEmpty(redis: TestRedis): Promise<void> {
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
}

Deno.test("handlers and loops get the headers of their items, also after a failure, and in a dead letter", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 2, onError: () => {} });
  const uid = await queue.put("a", { headers: HEADERS });
  await queue.put("b");
  assert.deepEqual((await queue.peek(2)).map(({ headers }) => headers), [HEADERS, {}]);

  const seen: unknown[] = [];
  for await (const item of queue) {
    seen.push([item.payload, item.headers]);
    if (item.payload === "b") {
      await item.ack();
      break;
    }
    await item.fail();
  }
  await queue.drain((item) => {
    seen.push([item.payload, item.headers, item.attempt]);
    throw new Error("once more");
  });
  assert.deepEqual(seen, [["a", HEADERS], ["b", {}], ["a", HEADERS, 2]]);

  const { items: [letter] } = await queue.dead.list();
  assert.deepEqual([letter!.uid, letter!.headers], [uid, HEADERS]);
  await queue.dead.requeueAll();
  assert.deepEqual((await queue.peek())[0]!.headers, HEADERS);
  await queue.drain(({ headers }) => assert.deepEqual(headers, HEADERS));
  await assertEmpty(redis);
});

for (const options of [{}, { concurrency: 10 }, { concurrency: 3, prefetch: 50 }]) {
  Deno.test(`each item has its own headers, of 3,000 among others: ${JSON.stringify(options)}`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue();
    await queue.putMany(Array.from({ length: 1_000 }, (_, i) => `many ${i}`), {
      headers: { of: "many" },
    });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => [
        queue.put(`one ${i}`, { headers: { of: `one ${i}` } }),
        queue.put(`none ${i}`),
      ]).flat(),
    );
    const { acked } = await queue.drain(({ payload, headers }) => {
      const [kind] = payload.split(" ");
      const expected = kind === "none" ? {} : { of: kind === "many" ? kind : payload };
      assert.deepEqual(headers, expected);
    }, options);
    assert.equal(acked, 3_000);
    await assertEmpty(redis);
  });
}

Deno.test("items with order keys, delays and chosen uids have headers, too", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(["1", "2"], { orderKey: "k", headers: { n: "ordered" } });
  await queue.put("3", { delay: 0.05, headers: { n: "later" } });
  await queue.put("4", { uid: "mine", headers: { n: "named" } });
  const seen: Record<string, unknown> = {};
  const stop = new AbortController();
  await queue.consume(({ payload, headers, orderKey }) => {
    seen[payload] = [headers.n, orderKey];
    if (Object.keys(seen).length === 4) stop.abort();
  }, { signal: stop.signal, concurrency: 4 });
  assert.deepEqual(seen, {
    1: ["ordered", "k"],
    2: ["ordered", "k"],
    3: ["later", undefined],
    4: ["named", undefined],
  });
  await assertEmpty(redis);
});

Deno.test("a large item has headers, and one that was waited for", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: bytes });
  const large = new Uint8Array(100_000).fill(7);
  const stop = new AbortController();
  const seen: unknown[] = [];
  const consumed = queue.consume(({ payload, headers }) => {
    seen.push([payload.length, headers]);
    if (seen.length === 4) stop.abort();
  }, { signal: stop.signal });
  await until("it waits", async () => await redis.blockedClients() === 1);
  await queue.put(large, { headers: { a: "1" } });
  await queue.putMany([large, large], { headers: { a: "2" } });
  await queue.put(large);
  await consumed;
  const found = [{ a: "1" }, { a: "2" }, { a: "2" }, {}].map((headers) => [100_000, headers]);
  assert.deepEqual(seen, found);
  await assertEmpty(redis);
});

Deno.test("1,000 items with 8 KiB of headers each come in answers of about 4 MiB", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const headers = { a: "x".repeat(8_192 - 8) };
  await queue.putMany(Array.from({ length: 1_000 }, (_, i) => `${i}`), { headers });
  const taken = await queue.getMany(1_000, -1);
  assert.ok(taken.length >= 511 && taken.length <= 513, `${taken.length}`);
  await queue.ackMany(taken.map(([uid]) => uid));
  const { acked } = await queue.drain((item) => assert.equal(item.headers.a!.length, 8_184), {
    concurrency: 10,
    prefetch: 1_000,
  });
  assert.equal(acked, 1_000 - taken.length);
  await assertEmpty(redis);
});

Deno.test("Python takes and acks an item and notices no headers, of which the sweeper clears the rest", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.2 });
  const python = new PythonSide(redis);
  const uid = await queue.put("a", { headers: HEADERS });
  assert.deepEqual(await python.get(-1), [uid, "a"]);
  await python.ack(uid);
  await until("they are gone", async () => {
    return await redis.command("EXISTS", queueKeys("0").headers) === 0;
  });
  await python.put("b");
  await queue.drain(({ headers }) => assert.deepEqual(headers, {}));
});

Deno.test("an item put again under its uid has its own headers, or none", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const python = new PythonSide(redis);
  for (const headers of [{ n: "1" }, undefined, { n: "3" }, undefined]) {
    await queue.put("a", { uid: "u", headers });
    assert.deepEqual((await queue.peek())[0]!.headers, headers ?? {});
    await python.get(-1);
    await python.ack("u");
  }
});

Deno.test("what stands in place of headers by a stranger's hand keeps no item from its handler", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("a", { headers: HEADERS });
  await redis.command("HSET", queueKeys("0").headers, uid, "no JSON");
  const { acked } = await queue.drain(({ headers }) => assert.deepEqual(headers, {}));
  assert.equal(acked, 1);
  await assertEmpty(redis);
});

Deno.test("get brings an item that has headers, and ack deletes them", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("a", { headers: HEADERS });
  assert.deepEqual(await queue.get(-1), [uid, "a"]);
  assert.equal(await queue.ack(uid), true);
  await queue.put("b", { headers: HEADERS });
  await queue.clear();
  await assertEmpty(redis);
});
