import assert from "node:assert/strict";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("an item dies at its last allowed attempt, whether that failed or expired", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 2, autocleanInterval: 0.2 });
  const uid = await queue.put("poison");
  await queue.get();
  assert.equal(await queue.fail(uid, { error: new Error("first") }), true);
  await queue.get(); // and its consumer hangs
  // Whoever would get it next sees that it has had its last attempt.
  await until("it is dead", async () => {
    assert.deepEqual(await queue.get(-1), [null, null]);
    return (await queue.stats()).dead === 1;
  });
  const { items, cursor } = await queue.dead.list();
  assert.equal(cursor, undefined);
  const [letter] = items;
  assert.deepEqual([letter!.uid, letter!.payload, letter!.attempts], [uid, "poison", 2]);
  assert.match(letter!.error, /lease ran out/);
  assert.ok(Math.abs(letter!.diedAt.getTime() - Date.now()) < 5_000);
  assert.deepEqual((await queue.stats()).totals, {
    put: 1,
    acked: 0,
    failed: 1,
    expired: 1,
    dead: 1,
  });
});

Deno.test("a dead letter is requeued with no attempt counted, or deleted for good", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const uids = await queue.putMany(["a", "b", "c"]);
  await queue.getMany(3);
  for (const uid of uids) await queue.fail(uid);
  assert.equal(await queue.dead.requeue(uids[0]!), 1);
  assert.equal(await queue.dead.requeue("unknown"), 0);
  assert.deepEqual(await queue.get(-1), [uids[0], "a"]);
  await queue.ack(uids[0]!);
  assert.equal(await queue.dead.delete([uids[1]!, "unknown"]), 1);
  assert.equal(await queue.dead.deleteAll(), 1);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("all dead letters are requeued, or deleted, by a name of its own: an item may be called all", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const die = async () => {
    for (const [uid] of await queue.getMany(3)) await queue.fail(uid);
  };
  for (const uid of ["all", "b", "c"]) await queue.put(uid, { uid });
  await die();
  assert.equal(await queue.dead.requeue("all"), 1);
  assert.deepEqual(await queue.get(-1), ["all", "all"]);
  await queue.fail("all");
  assert.equal(await queue.dead.requeueAll(), 3);
  assert.equal(await queue.dead.requeueAll(), 0);
  await die();
  assert.equal(await queue.dead.delete("all"), 1);
  assert.equal((await queue.stats()).dead, 2);
  assert.equal(await queue.dead.deleteAll(), 2);
  assert.equal(await queue.dead.deleteAll(), 0);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("requeue and delete refuse what names no dead letters", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const uid = await queue.put("item");
  await queue.get();
  await queue.fail(uid);
  for (const wrong of [undefined, null, 5, {}, [uid, 5], [uid, null]]) {
    const uids = wrong as string[];
    await assert.rejects(queue.dead.requeue(uids), { name: "TypeError", message: /requeue/ });
    await assert.rejects(queue.dead.delete(uids), { name: "TypeError", message: /delete/ });
  }
  assert.equal((await queue.stats()).dead, 1);
});

Deno.test("dead letters are listed page by page", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 1 });
  const uids = await queue.putMany(Array.from({ length: 25 }, (_, i) => `${i}`));
  await queue.getMany(25);
  await Promise.all(uids.map((uid) => queue.fail(uid)));
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.dead.list({ limit: 10, cursor });
    listed.push(...page.items.map(({ uid }) => uid));
    cursor = page.cursor;
  } while (cursor !== undefined);
  assert.deepEqual(listed.toSorted(), uids.toSorted());
  for (const limit of [0, 1.5, 1_001, NaN]) {
    await assert.rejects(queue.dead.list({ limit }), { name: "TypeError" });
  }
  await assert.rejects(queue.dead.list({ cursor: "nonsense" }), { name: "TypeError" });
});

Deno.test("no more dead letters are kept than the limits say", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({
    maxAttempts: 1,
    autocleanInterval: 0.2,
    deadLetters: { maxCount: 3 },
  });
  const uids = await queue.putMany(Array.from({ length: 10 }, (_, i) => `${i}`));
  await queue.getMany(10);
  for (const uid of uids) await queue.fail(uid);
  await until("the oldest are gone", async () => (await queue.stats()).dead === 3);
  const { items } = await queue.dead.list();
  assert.deepEqual(items.map(({ uid }) => uid), uids.slice(7));
  assert.equal(Object.keys((await readState(redis, "0")).items).length, 3);
});

Deno.test("an item that a Python consumer acks leaves no trace in our keys", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.2 });
  const python = new PythonSide(redis);
  await queue.putMany(["a", "b"]);
  for (let i = 0; i < 2; i++) await queue.fail((await queue.get())[0]!, { error: "why" });
  assert.equal(Object.keys((await readExtras(redis, "0")).attempts).length, 2);
  for (let i = 0; i < 2; i++) await python.ack((await python.get(-1))[0]!);
  await until("nothing is left", async () => {
    return Object.keys((await readExtras(redis, "0")).attempts).length === 0;
  });
  assert.deepEqual(await redis.keys(), []);
});
