import assert from "node:assert/strict";
import { bytes } from "../../mod.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

const MIB = 1024 * 1024;

Deno.test("payloads of 0 bytes, of every byte value and of 64 MiB come back as they were", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ serializer: bytes });
  const large = new Uint8Array(64 * MIB);
  for (let i = 0; i < large.length; i += 4096) large[i] = i / 4096;
  const payloads = [
    new Uint8Array(),
    Uint8Array.from({ length: 256 }, (_, i) => i),
    large,
    new Uint8Array([0]),
    new TextEncoder().encode("\r\n$-1\r\n"),
  ];
  for (const payload of payloads) await queue.put(payload);
  for (const payload of payloads) {
    const [uid, item] = await queue.get(-1);
    assert.equal(item!.length, payload.length);
    assert(item!.every((byte, i) => byte === payload[i]));
    assert.equal(await queue.ack(uid!), true);
  }
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("uids that are not ours change nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(["a", "b"]);
  const [held] = await queue.get(-1);
  const before = await readState(redis, "0");
  const strange = ["", " ", "\0", "a\nb", "🦊", "\ud800", "x".repeat(MIB), "KEYS[1]", "__proto__"];
  for (const uid of strange) {
    assert.equal(await queue.ack(uid), false);
    assert.equal(await queue.fail(uid), false);
    assert.equal(await queue.release(uid), false);
  }
  assert.deepEqual(await queue.ackMany([...strange, held!]), [...strange.map(() => false), true]);
  const { [held!]: _, ...items } = before.items;
  assert.deepEqual(await readState(redis, "0"), { ...before, items, aging: {} });
});

Deno.test("uids that are not ours can be items of others", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  for (const uid of ["a\nb\0", "🦊", "x".repeat(MIB)]) {
    await redis.command("HSET", "srq:0:items", uid, "payload");
    await redis.command("LPUSH", "srq:0:queue", uid);
    assert.deepEqual(await queue.get(), [uid, "payload"]);
    assert.equal(await queue.fail(uid), true);
    assert.deepEqual(await queue.get(-1), [uid, "payload"]);
    assert.equal(await queue.release(uid), true);
    assert.deepEqual(await queue.get(-1), [uid, "payload"]);
    assert.equal(await queue.ack(uid), true);
  }
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("a million uids in one ackMany take bounded time and memory", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("a");
  await queue.get(-1);
  const count = 1_000_000;
  const before = Deno.memoryUsage().rss;
  const calledAt = performance.now();
  const uids = (function* () {
    for (let i = 1; i < count; i++) yield `0000-${i}`;
    yield uid;
  })();
  const acked = await queue.ackMany(uids);
  assert(performance.now() - calledAt < 60_000);
  assert(Deno.memoryUsage().rss - before < 1_024 * MIB);
  assert.equal(acked.length, count);
  assert.equal(acked.indexOf(true), count - 1);
});
