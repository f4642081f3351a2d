import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connections.ts";
import { type QueueKeys, queueKeys } from "../../src/keys.ts";
import { type Claim, claim } from "../../src/lua/claim.ts";
import { pause } from "../../src/lua/pause.ts";
import { seedExtras } from "../helpers/extra_state.ts";
import { bytesOf, byteStringOf, EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, NOW, testScript } from "../helpers/script_table.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function claimed(items: Record<string, string>, { emptied }: { emptied: boolean }) {
  const pairs = Object.entries(items);
  return { items: pairs.map(([uid, payload]) => ({ uid, payload: bytesOf(payload) })), emptied };
}

/** A claim of items that never failed, without their leases. */
async function claimNew(connection: SupervisedConnection, keys: QueueKeys, wanted: Claim) {
  const { items, emptied } = await claim(connection, keys, wanted);
  for (const { attempt } of items) assert.equal(attempt, 1);
  return { items: items.map(({ uid, payload }) => ({ uid, payload })), emptied };
}

testScript([
  {
    name: "claim of an empty queue takes nothing",
    before: {},
    call: (connection, keys) => claimNew(connection, keys, { max: 1 }),
    returns: claimed({}, { emptied: true }),
    after: {},
  },
  {
    name: "claim takes the oldest item and starts its lease",
    before: { items: { a: "1", b: "2" }, queue: ["b", "a"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 1 }),
    returns: claimed({ a: "1" }, { emptied: false }),
    after: { queue: ["b"], aging: { a: NOW } },
    again: {
      returns: claimed({ b: "2" }, { emptied: false }),
      after: { queue: [], aging: { a: NOW, b: NOW } },
    },
  },
  {
    name: "claim takes what is there, oldest first",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c", "b", "a"], aging: { x: 5 } },
    call: (connection, keys) => claimNew(connection, keys, { max: 10 }),
    returns: claimed({ a: "1", b: "2", c: "3" }, { emptied: true }),
    after: { queue: [], aging: { x: 5, a: NOW, b: NOW, c: NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim takes no more than asked for",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c", "b", "a"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 2 }),
    returns: claimed({ a: "1", b: "2" }, { emptied: false }),
    after: { queue: ["c"], aging: { a: NOW, b: NOW } },
    again: {
      returns: claimed({ c: "3" }, { emptied: true }),
      after: { queue: [], aging: { a: NOW, b: NOW, c: NOW } },
    },
  },
  {
    name: "claim drops uids without payload and goes on to the next",
    before: { items: { c: "3" }, queue: ["c", "acked", "acked too"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 1 }),
    returns: claimed({ c: "3" }, { emptied: false }),
    after: { queue: [], aging: { c: NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim delivers an item that was queued twice once",
    before: { items: { a: "1", b: "2" }, queue: ["a", "b", "a"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 10 }),
    returns: claimed({ a: "1", b: "2" }, { emptied: true }),
    after: { queue: [], aging: { a: NOW, b: NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim does not deliver an item that is in flight, and leaves its lease",
    before: { items: { a: "1", b: "2" }, queue: ["b", "a"], aging: { a: 5 } },
    call: (connection, keys) => claimNew(connection, keys, { max: 10 }),
    returns: claimed({ b: "2" }, { emptied: true }),
    after: { queue: [], aging: { a: 5, b: NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim carries payloads of every byte value, empty ones, and uids that are not ours",
    before: {
      items: { "not ours": byteStringOf(everyByte), "\xc3\xa9 \n\x00": "", "7": "\x00" },
      queue: ["7", "\xc3\xa9 \n\x00", "not ours"],
    },
    call: (connection, keys) => claimNew(connection, keys, { max: 10 }),
    returns: {
      items: [
        { uid: "not ours", payload: everyByte },
        { uid: "é \n\x00", payload: new Uint8Array() },
        { uid: "7", payload: new Uint8Array(1) },
      ],
      emptied: true,
    },
    after: { queue: [], aging: { "not ours": NOW, "\xc3\xa9 \n\x00": NOW, "7": NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim stamps a popped uid and then takes from the queue",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c", "b"], ackbuf: ["x", "a"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 1, popped: ["a"] }),
    returns: claimed({ a: "1", b: "2" }, { emptied: false }),
    after: { queue: ["c"], ackbuf: ["x"], aging: { a: NOW, b: NOW } },
    // Sent again, it delivers a once more: the answer that had it was lost.
    again: {
      returns: claimed({ a: "1", c: "3" }, { emptied: false }),
      after: { queue: [], aging: { a: NOW, b: NOW, c: NOW } },
    },
  },
  {
    name: "claim delivers a popped uid that the cleaner has stamped already, with a new lease",
    before: { items: { a: "1" }, aging: { a: 5 } },
    call: (connection, keys) => claimNew(connection, keys, { max: 0, popped: ["a"] }),
    returns: claimed({ a: "1" }, { emptied: false }),
    after: { aging: { a: NOW } },
  },
  {
    name: "claim leaves a popped uid alone that the cleaner has requeued already",
    before: { items: { a: "1" }, queue: ["a"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 0, popped: ["a"] }),
    returns: claimed({}, { emptied: false }),
    after: {},
  },
  {
    name: "claim drops a popped uid without payload",
    before: { ackbuf: ["acked"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 0, popped: ["acked"] }),
    returns: claimed({}, { emptied: false }),
    after: { ackbuf: [] },
  },
  {
    name: "claim queues the delayed items that are due, behind those that wait, and takes them",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c"], delayed: { a: 5, b: 9e15 } },
    call: (connection, keys) => claimNew(connection, keys, { max: 10 }),
    returns: claimed({ c: "3", a: "1" }, { emptied: true }),
    after: { queue: [], aging: { a: NOW, c: NOW }, delayed: { b: 9e15 } },
    again: { returns: claimed({}, { emptied: true }) },
  },
]);

testScript([
  {
    name: "claim tells which delivery of an item it is",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b"],
      ackbuf: ["a"],
      attempts: { a: 1, c: 7, other: 2 },
    },
    call: async (connection, keys) => {
      const { items } = await claim(connection, keys, { max: 10, popped: ["a"] });
      return items.map(({ uid, attempt }) => [uid, attempt] as const);
    },
    returns: [["a", 2], ["b", 1], ["c", 8]],
    after: { queue: [], ackbuf: [], aging: { a: NOW, b: NOW, c: NOW } },
    again: { returns: [["a", 2]] },
  },
]);

Deno.test("claim tells the lease of what it took, and when the next delayed item is due", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const due = await redis.now() + 3e9;
  await seed(redis, "q", { items: { a: "1", b: "2" }, queue: ["a"] });
  await seedExtras(redis, "q", { delayed: { b: due } });
  const { items, nextDueMs } = await claim(connection, queueKeys("q"), { max: 10 });
  const [item] = items;
  assert.equal(item!.lease, (await readState(redis, "q")).aging["a"]);
  assert.ok(Math.abs(nextDueMs! - (due - item!.lease) / 1000) < 1);
});

Deno.test("claim in a paused queue takes nothing and puts back what was popped", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const state = { items: { a: "1", b: "2" }, queue: ["b"], ackbuf: [], aging: {} };
  await seed(redis, "q", { ...state, ackbuf: ["a"] });
  assert.equal(await pause(connection, keys, true), true);
  assert.equal(await pause(connection, keys, true), false);
  const { items, paused } = await claim(connection, keys, { max: 10, popped: ["a"] });
  assert.deepEqual([items, paused], [[], true]);
  assert.deepEqual(await readState(redis, "q"), { ...state, queue: ["b", "a"] });
  assert.equal(await pause(connection, keys, false), true);
  assert.equal(await pause(connection, keys, false), false);
  assert.deepEqual(
    (await claim(connection, keys, { max: 10 })).items.map(({ uid }) => uid),
    ["a", "b"],
  );
});

Deno.test("claim takes a thousand items at once", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 1_001 }, (_, i) => `uid ${i}`);
  const items = Object.fromEntries(uids.map((uid) => [uid, `payload of ${uid}`]));
  await seed(redis, "big", { items, queue: uids.toReversed() });

  const { items: taken, emptied } = await claim(connection, queueKeys("big"), { max: 1_000 });

  assert.equal(emptied, false);
  assert.deepEqual(
    taken.map(({ uid, payload }) => [uid, byteStringOf(payload)]),
    Object.entries(items).slice(0, -1),
  );
  const state = await readState(redis, "big");
  assert.deepEqual(state.queue, ["uid 1000"]);
  assert.deepEqual(Object.keys(state.aging).sort(), uids.slice(0, -1).sort());
});

Deno.test("claim stops at about 4 MiB of payload, and takes one item however large", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const mebibyte = "x".repeat(1024 * 1024);
  const uids = ["a", "b", "c", "d", "e", "f"];
  const items = Object.fromEntries(uids.map((uid) => [uid, mebibyte]));
  await seed(redis, "large", {
    items: { ...items, huge: mebibyte.repeat(6) },
    queue: ["huge", ...uids.toReversed()],
  });

  const sizes = [];
  for (let i = 0; i < 4; i++) {
    const { items, emptied } = await claim(connection, queueKeys("large"), { max: 1_000 });
    sizes.push([...items.map(({ payload }) => payload.length / mebibyte.length), emptied]);
  }

  assert.deepEqual(sizes, [[1, 1, 1, 1, false], [1, 1, 6, false], [true], [true]]);
});

for (const small of [1, 31, 300]) {
  Deno.test(`claim answers little more than 4 MiB where large items follow ${small} small ones`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const payloads = [...Array(small).fill("x"), ...Array(40).fill("y".repeat(1024 * 1024))];
    const uids = payloads.map((_, i) => `uid ${i}`);
    const items = Object.fromEntries(uids.map((uid, i) => [uid, payloads[i]]));
    await seed(redis, "mixed", { items, queue: uids.toReversed() });

    const { items: taken } = await claim(connection, queueKeys("mixed"), { max: 1_000 });

    const bytes = taken.reduce((sum, { payload }) => sum + payload.length, 0);
    assert.ok(bytes <= 5 * 1024 * 1024, `${bytes} bytes in one answer`);
    assert.deepEqual(taken.map(({ uid }) => uid), uids.slice(0, taken.length));
    const { queue, aging } = await readState(redis, "mixed");
    assert.deepEqual(queue, uids.slice(taken.length).toReversed());
    assert.deepEqual(Object.keys(aging).sort(), uids.slice(0, taken.length).sort());
  });
}

const twelve = Array.from({ length: 12 }, (_, i) => `uid ${i}`);
const twelveItems = Object.fromEntries(twelve.map((uid) => [uid, "x"]));

Deno.test("leases of many items are kept as a skip list, and nothing else is in it", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = [...twelve, "-".repeat(65), "x"];
  const items = Object.fromEntries(uids.map((uid) => [uid, "x"]));
  await seed(redis, "many", { items, queue: uids.toReversed() });

  const { items: taken } = await claim(connection, queueKeys("many"), { max: 100 });

  assert.deepEqual(taken.map(({ uid }) => uid), uids);
  assert.deepEqual(Object.keys((await readState(redis, "many")).aging).sort(), uids.sort());
  assert.equal(
    await redis.command("OBJECT", "ENCODING", queueKeys("many").aging),
    "skiplist",
  );
});

for (const command of ["HMGET", "ZADD", "ZREM", "LTRIM", "HSTRLEN"]) {
  Deno.test(`a claim of many without the permission for ${command} changes nothing`, async () => {
    await using redis = await startRedis();
    const state = { items: { ...twelveItems, popped: "x" }, queue: twelve, ackbuf: ["popped"] };
    await seed(redis, "denied", state);
    const limited = ["SETUSER", "default", "+@all", `-${command}`];
    await using connection = connect(redis);
    const wanted = { max: 100, popped: ["popped"] };
    await redis.command("ACL", ...limited);

    const refused = claim(connection, queueKeys("denied"), wanted);

    await assert.rejects(refused, { name: "RedisReplyError", code: "NOPERM" });
    await redis.command("ACL", "SETUSER", "default", "+@all");
    assert.deepEqual(await readState(redis, "denied"), { ...EMPTY, ...state });
  });
}

for (const place of ["items", "aging", "attempts"] as const) {
  Deno.test(`a claim changes nothing where the key of ${place} has another type`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const keys = queueKeys("other");
    await seed(redis, "other", { items: { a: "1", b: "2" }, queue: ["a"], ackbuf: ["b"] });
    if (place === "items") await redis.command("RENAME", keys.items, "aside");
    await redis.command("SET", keys[place], "text");

    for (const popped of [[], ["b"]]) {
      const refused = claim(connection, keys, { max: 1, popped });
      await assert.rejects(refused, { name: "RedisReplyError", code: "WRONGTYPE" });
    }

    await redis.command("DEL", keys[place]);
    if (place === "items") await redis.command("RENAME", "aside", keys.items);
    assert.deepEqual(await readState(redis, "other"), {
      items: { a: "1", b: "2" },
      queue: ["a"],
      ackbuf: ["b"],
      aging: {},
    });
  });
}

Deno.test("claim works while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "full", { items: { a: "1", b: "2" }, queue: ["b"], ackbuf: ["a"] });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  const taken = await claimNew(connection, queueKeys("full"), { max: 1, popped: ["a"] });

  assert.deepEqual(taken, claimed({ a: "1", b: "2" }, { emptied: false }));
});

Deno.test("claim takes nothing where a key has another type", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  for (const key of ["items", "ackbuf_aging"]) {
    await seed(redis, key, { items: { a: "1" }, queue: ["a"] });
    await redis.command("SET", `srq:${key}:${key}`, "of another program");

    await assert.rejects(claim(connection, queueKeys(key), { max: 1 }), { code: "WRONGTYPE" });

    assert.deepEqual(await redis.command("LRANGE", `srq:${key}:queue`, 0, -1), ["a"]);
    await redis.command("DEL", `srq:${key}:${key}`);
    assert.deepEqual((await readState(redis, key)).aging, EMPTY.aging);
  }
});
