import assert from "node:assert/strict";
import { BlockingConnection } from "../../src/connection/blocking_connection.ts";
import { Unblocker } from "../../src/connection/unblocker.ts";
import { openerOf } from "../../src/connection/open.ts";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { claim, type ClaimRequest } from "../../src/lua/claim.ts";
import { ack } from "../../src/lua/ack.ts";
import { fail } from "../../src/lua/fail.ts";
import type { DoneItem } from "../../src/lua/parts/acks.ts";
import { pause } from "../../src/lua/pause.ts";
import { put } from "../../src/lua/put.ts";
import { aClaim, claims, fourItems } from "../helpers/claims.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { bytesOf, byteStringOf, EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { connect, inSeconds, NOW, testScript } from "../helpers/script_table.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function claimed(items: Record<string, string>, { emptied }: { emptied: boolean }) {
  const pairs = Object.entries(items);
  return { items: pairs.map(([uid, payload]) => ({ uid, payload: bytesOf(payload) })), emptied };
}

/** A claim of items that never failed, without their leases; each is another one. */
async function claimNew(
  connection: SupervisedConnection,
  keys: QueueKeys,
  wanted: Partial<ClaimRequest>,
) {
  const { items, emptied } = await claim(connection, keys, aClaim(wanted));
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
    name: "claim takes what was popped first, oldest first, and then from the queue",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4", x: "5" },
      queue: ["d", "c"],
      popped: ["b", "a"],
      ackbuf: ["x"],
    },
    call: (connection, keys) => claimNew(connection, keys, { max: 3 }),
    returns: claimed({ a: "1", b: "2", c: "3" }, { emptied: false }),
    after: { queue: ["d"], popped: [], aging: { a: NOW, b: NOW, c: NOW } },
    again: {
      returns: claimed({ d: "4" }, { emptied: true }),
      after: { queue: [], aging: { a: NOW, b: NOW, c: NOW, d: NOW } },
    },
  },
  {
    name: "claim leaves what was popped and it has no room for",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c"], popped: ["b", "a"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 1 }),
    returns: claimed({ a: "1" }, { emptied: false }),
    after: { popped: ["b"], aging: { a: NOW } },
    again: {
      returns: claimed({ b: "2" }, { emptied: false }),
      after: { popped: [], aging: { a: NOW, b: NOW } },
    },
  },
  {
    name: "claim drops what was popped and has no payload",
    before: { popped: ["acked"] },
    call: (connection, keys) => claimNew(connection, keys, { max: 1 }),
    returns: claimed({}, { emptied: true }),
    after: { popped: [] },
  },
  {
    name: "claim drops what was queued twice and is delayed or dead",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b", "a"],
      delayed: { a: 9e15 },
      dead: { b: 5 },
    },
    call: (connection, keys) => claimNew(connection, keys, { max: 10 }),
    returns: claimed({ c: "3" }, { emptied: true }),
    after: { queue: [], aging: { c: NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim with a short lease notes its end, and not that of another's lease",
    before: { items: { a: "1", b: "2" }, queue: ["a", "b"], aging: { b: 9e15 } },
    call: (connection, keys) => claimNew(connection, keys, { max: 10, lease: 30 }),
    returns: claimed({ a: "1" }, { emptied: true }),
    after: { queue: [], aging: { a: NOW, b: 9e15 }, short: { a: inSeconds(30) } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim buries an item that was delivered as often as this consumer allows, and goes on",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b", "a"],
      attempts: { a: 2, b: 5, c: 1 },
      errors: { a: "why" },
    },
    call: async (connection, keys) => {
      const { items, emptied } = await claim(connection, keys, aClaim({ maxAttempts: 2 }));
      return { items: items.map(({ uid, payload }) => ({ uid, payload })), emptied };
    },
    returns: claimed({ c: "3" }, { emptied: false }),
    after: { queue: [], aging: { c: NOW }, dead: { a: NOW, b: NOW } },
    again: { returns: claimed({}, { emptied: true }) },
  },
  {
    name: "claim buries no item that was queued twice and is in other hands",
    before: { items: { a: "1" }, queue: ["a"], aging: { a: 9e15 }, attempts: { a: 7 } },
    call: (connection, keys) => claimNew(connection, keys, { maxAttempts: 2 }),
    returns: claimed({}, { emptied: true }),
    after: { queue: [] },
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
      popped: ["a"],
      attempts: { a: 1, c: 7, other: 2 },
    },
    call: async (connection, keys) => {
      const { items } = await claim(connection, keys, aClaim({ max: 10 }));
      return items.map(({ uid, attempt }) => [uid, attempt] as const);
    },
    returns: [["a", 2], ["b", 1], ["c", 8]],
    after: { queue: [], popped: [], aging: { a: NOW, b: NOW, c: NOW } },
    again: { returns: [] },
  },
]);

Deno.test("claim tells the lease of what it took, and when the next delayed item is due", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const due = await redis.now() + 3e9;
  await seed(redis, "q", { items: { a: "1", b: "2" }, queue: ["a"] });
  await seedExtras(redis, "q", { delayed: { b: due } });
  const { items, nextDueMs } = await claim(connection, queueKeys("q"), aClaim({ max: 10 }));
  const [item] = items;
  assert.equal(item!.claim.lease, (await readState(redis, "q")).aging["a"]);
  assert.ok(Math.abs(nextDueMs! - (due - item!.claim.lease) / 1000) < 1);
});

Deno.test("claim in a paused queue takes nothing and puts back what was popped", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const state = { items: { a: "1", b: "2" }, queue: ["b"], ackbuf: [], aging: {} };
  await seed(redis, "q", state);
  await seedExtras(redis, "q", { popped: ["a"] });
  await pause(connection, keys, true);
  const { items, paused } = await claim(connection, keys, aClaim({ max: 10 }));
  assert.deepEqual([items, paused], [[], true]);
  assert.deepEqual(await readState(redis, "q"), { ...state, queue: ["b", "a"] });
  await pause(connection, keys, false);
  assert.deepEqual(
    (await claim(connection, keys, aClaim({ max: 10 }))).items.map(({ uid }) => uid),
    ["a", "b"],
  );
});

Deno.test("claim takes a thousand items at once", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 1_001 }, (_, i) => `uid ${i}`);
  const items = Object.fromEntries(uids.map((uid) => [uid, `payload of ${uid}`]));
  await seed(redis, "big", { items, queue: uids.toReversed() });

  const { items: taken, emptied } = await claim(
    connection,
    queueKeys("big"),
    aClaim({ max: 1_000 }),
  );

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
    const { items, emptied } = await claim(connection, queueKeys("large"), aClaim({ max: 1_000 }));
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

    const { items: taken } = await claim(connection, queueKeys("mixed"), aClaim({ max: 1_000 }));

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

  const { items: taken } = await claim(connection, queueKeys("many"), aClaim({ max: 100 }));

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
    const state = { items: { ...twelveItems, popped: "x" }, queue: twelve };
    await seed(redis, "denied", state);
    await seedExtras(redis, "denied", { popped: ["popped"] });
    const limited = ["SETUSER", "default", "+@all", `-${command}`];
    await using connection = connect(redis);
    const wanted = { max: 100 };
    await redis.command("ACL", ...limited);

    const refused = claim(connection, queueKeys("denied"), aClaim(wanted));

    await assert.rejects(refused, { name: "RedisReplyError", code: "NOPERM" });
    await redis.command("ACL", "SETUSER", "default", "+@all");
    assert.deepEqual(await readState(redis, "denied"), { ...EMPTY, ...state });
  });
}

for (const place of ["items", "aging", "attempts", "claims", "popped"] as const) {
  Deno.test(`a claim changes nothing where the key of ${place} has another type`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const keys = queueKeys("other");
    await seed(redis, "other", { items: { a: "1" }, queue: ["a"] });
    if (place === "items") await redis.command("RENAME", keys.items, "aside");
    await redis.command("SET", keys[place], "text");

    const refused = claim(connection, keys, aClaim({ max: 1 }));
    await assert.rejects(refused, { name: "RedisReplyError", code: "WRONGTYPE" });

    await redis.command("DEL", keys[place]);
    if (place === "items") await redis.command("RENAME", "aside", keys.items);
    assert.deepEqual(await readState(redis, "other"), {
      ...EMPTY,
      items: { a: "1" },
      queue: ["a"],
    });
  });
}

Deno.test("claim works while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "full", { items: { a: "1", b: "2", c: "3" }, queue: ["c", "b"] });
  await seedExtras(redis, "full", { popped: ["a"] });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  const taken = await claimNew(connection, queueKeys("full"), { max: 2 });

  assert.deepEqual(taken, claimed({ a: "1", b: "2" }, { emptied: false }));
});

Deno.test("claim takes nothing where a key has another type", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  for (const key of ["items", "ackbuf_aging"]) {
    await seed(redis, key, { items: { a: "1" }, queue: ["a"] });
    await redis.command("SET", `srq:${key}:${key}`, "of another program");

    await assert.rejects(claim(connection, queueKeys(key), aClaim({ max: 1 })), {
      code: "WRONGTYPE",
    });

    assert.deepEqual(await redis.command("LRANGE", `srq:${key}:queue`, 0, -1), ["a"]);
    await redis.command("DEL", `srq:${key}:${key}`);
    assert.deepEqual((await readState(redis, key)).aging, EMPTY.aging);
  }
});

Deno.test("claim with a lease of more than a minute stamps it ahead, and forgets the end of a short one before", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "q", { items: { a: "1" }, queue: ["a"] });
  await seedExtras(redis, "q", { short: { a: 5 } });

  const { items: [item] } = await claim(connection, queueKeys("q"), aClaim({ lease: 660 }));

  const now = await redis.now();
  assert.ok(Math.abs(item!.claim.at - now) < 10e6);
  assert.equal(item!.claim.lease, item!.claim.at + 600e6);
  assert.deepEqual((await readState(redis, "q")).aging, { a: item!.claim.lease });
  assert.deepEqual(await readExtras(redis, "q"), NO_EXTRAS);
});

Deno.test("a claim that is sent again gives the same items, in their order", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const claimed = claims(connection, await fourItems(redis));
  assert.deepEqual(await claimed(1, 0, { max: 3 }), ["c", "b", "a"]);
  assert.deepEqual(await claimed(1, 0, { max: 3 }), ["c", "b", "a"]);
  assert.deepEqual((await readState(redis, "q")).queue, ["d"]);
});

Deno.test("a claim that is sent again gives no item that was acked or taken over since", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  const claimed = claims(connection, keys);
  await claimed(1, 0, { max: 3 });
  await ack(connection, keys, [{ uid: "c" }]);
  await fail(connection, keys, [{ uid: "a" }]);
  assert.deepEqual(await claims(connection, keys, "B")(1, 0, { max: 2 }), ["d", "a"]);
  assert.deepEqual(await claimed(1, 0, { max: 3 }), ["b"]);
});

Deno.test("a claim that asks for less when it is sent again puts the rest back in front", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const claimed = claims(connection, await fourItems(redis));
  await claimed(1, 0, { max: 3 });
  assert.deepEqual(await claimed(1, 0, { max: 1 }), ["c"]);
  const { queue, aging } = await readState(redis, "q");
  assert.deepEqual([queue, Object.keys(aging)], [["d", "a", "b"], ["c"]]);
});

Deno.test("a claim that nobody read is given back by the next, with no attempt counted", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  const claimed = claims(connection, keys);
  assert.deepEqual(await claimed(1, 0), ["c"]);
  assert.deepEqual(await claimed(2, 1, { max: 2 }), ["b", "a"]);
  const { items } = await claim(connection, keys, aClaim({ instance: "A", number: 3, read: 1 }));
  assert.deepEqual(items.map(({ uid, attempt }) => [uid, attempt]), [["b", 1]]);
  const { queue, aging } = await readState(redis, "q");
  assert.deepEqual([queue, Object.keys(aging).sort()], [["d", "a"], ["b", "c"]]);
});

Deno.test("a claim that a later one overtook takes nothing", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const claimed = claims(connection, await fourItems(redis));
  assert.deepEqual(await claimed(2, 0), ["c"]);
  assert.deepEqual(await claimed(1, 0), []);
  assert.deepEqual(await claimed(3, 2), ["b"]);
});

Deno.test("an item that can't be handed out is put off for a minute, the others go back", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  await claims(connection, keys)(1, 0, { max: 2 });
  const again = aClaim({ instance: "A", number: 1, postpone: true });
  const { items, postponed } = await claim(connection, keys, again);
  assert.deepEqual([items, postponed], [[], { uid: "c", size: 1 }]);
  const { queue, aging } = await readState(redis, "q");
  assert.deepEqual([queue, aging], [["d", "a", "b"], {}]);
  const { delayed, ...rest } = await readExtras(redis, "q");
  assert.deepEqual({ ...rest, delayed: {} }, NO_EXTRAS);
  assert.ok(Math.abs(delayed["c"]! - await redis.now() - 60e6) < 10e6);
});

Deno.test("one claim looks at a bounded number of uids without payload", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const ghosts = Array.from({ length: 5_000 }, (_, i) => `ghost ${i}`);
  await seed(redis, "q", { items: { a: "1" }, queue: ["a", ...ghosts] });
  const taken = [];
  for (let i = 0; i < 3; i++) taken.push(await claimNew(connection, keys, { max: 1 }));
  assert.deepEqual(taken.map(({ items, emptied }) => [items.length, emptied]), [
    [0, false],
    [0, false],
    [1, false],
  ]);
});

// What a claim takes ahead, what it takes behind a pop, and what it acks.

Deno.test("beyond the free handlers a claim takes none that has failed before, nor what is behind it", async () => {
  const uids = ["a", "b", "c", "d"];
  const state = {
    items: Object.fromEntries(uids.map((uid) => [uid, "x"])),
    queue: uids.toReversed(),
  };
  const rows: [failed: string[], free: number, taken: string][] = [
    [[], 0, "abcd"],
    [["a"], 0, ""],
    [["a"], 1, "abcd"],
    [["c"], 0, "ab"],
    [["c"], 2, "ab"],
    [["c"], 3, "abcd"],
    [["b", "c"], 2, "ab"],
    [["d"], 0, "abc"],
    [["a", "b", "c", "d"], 4, "abcd"],
  ];
  await using redis = await startRedis();
  await using connection = connect(redis);
  for (const [failed, free, taken] of rows) {
    for (const popped of [0, 2]) {
      const row = `${failed} failed, ${free} free, ${popped} popped`;
      await seed(redis, "q", { ...state, queue: uids.slice(popped).toReversed() });
      await seedExtras(redis, "q", {
        attempts: Object.fromEntries(failed.map((uid) => [uid, 1])),
        popped: uids.slice(0, popped).toReversed(),
      });
      const request = aClaim({ max: 10, free });
      const { items, emptied } = await claim(connection, queueKeys("q"), request);
      assert.deepEqual([items.map(({ uid }) => uid).join(""), emptied], [taken, true], row);
      const { queue, aging } = await readState(redis, "q");
      const waiting = [...queue, ...(await readExtras(redis, "q")).popped];
      assert.deepEqual(waiting, uids.slice(taken.length).toReversed(), row);
      assert.deepEqual(Object.keys(aging).sort(), [...taken], row);
    }
  }
});

Deno.test("beyond the free handlers a claim passes over what is dropped or buried, though that has failed before", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "q", {
    items: { buried: "x", dead: "x", b: "x" },
    queue: ["b", "dead", "ghost", "buried"],
  });
  await seedExtras(redis, "q", { attempts: { buried: 3, ghost: 1, dead: 1 }, dead: { dead: 5 } });
  const request = aClaim({ max: 10, free: 0, maxAttempts: 3 });
  const { items } = await claim(connection, queueKeys("q"), request);
  assert.deepEqual(items.map(({ uid }) => uid), ["b"]);
  assert.deepEqual(Object.keys((await readExtras(redis, "q")).dead).sort(), ["buried", "dead"]);
});

/** A claim that is sent with a pop, which here has nothing to wait for. */
async function claimBehindPop(redis: TestRedis, wanted: Partial<ClaimRequest>): Promise<string[]> {
  await using commands = connect(redis);
  const options = { hostname: "127.0.0.1", port: redis.port };
  const blocking = new BlockingConnection({
    ...openerOf(options, "any key"),
    ...{ commandTimeoutMs: 10_000, blockMs: 1_000, unblocker: new Unblocker(commands) },
  });
  try {
    const pop = { name: "PING", args: [], action: "wait" };
    const { items } = await claim(commands, queueKeys("q"), aClaim(wanted), { blocking, pop });
    return items.map(({ uid }) => uid);
  } finally {
    await blocking.close();
  }
}

Deno.test("a claim behind a pop that gave nothing takes nothing, and does all else", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  await seedExtras(redis, "q", { delayed: { e: 5 } });
  assert.deepEqual(await claims(connection, keys)(1, 0), ["c"]);
  const wanted = { instance: "A", number: 2, read: 0, max: 10 };
  assert.deepEqual(await claimBehindPop(redis, wanted), []);
  const { queue, aging } = await readState(redis, "q");
  assert.deepEqual([queue, aging], [["e", "d", "a", "b", "c"], {}], "what nobody read is back");
});

Deno.test("a claim behind a pop that gave nothing takes nothing, also where items have headers or order keys", async () => {
  await using redis = await startRedis();
  for (const extras of [{ headers: { c: "{}" } }, { orderkeys: { c: "000000000000000k" } }]) {
    await fourItems(redis);
    await seedExtras(redis, "q", extras);
    assert.deepEqual(await claimBehindPop(redis, { max: 10 }), []);
  }
});

Deno.test("a claim behind a pop takes what was popped first, then what waits", async () => {
  await using redis = await startRedis();
  await fourItems(redis);
  await seedExtras(redis, "q", { popped: ["y", "z"] });
  await redis.command("HSET", queueKeys("q").items, "y", "1", "z", "1");
  assert.deepEqual(await claimBehindPop(redis, { max: 3 }), ["z", "y", "c"]);
  assert.deepEqual((await readExtras(redis, "q")).popped, []);
  assert.deepEqual((await readState(redis, "q")).queue, ["d", "a", "b"]);
});

Deno.test("a claim acks before it takes: a uid that waits and is acked is not handed out", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  const { acked, items } = await claim(connection, keys, aClaim({ max: 2, done: [{ uid: "c" }] }));
  assert.deepEqual([acked, items.map(({ uid }) => uid)], [["acked"], ["b", "a"]]);
});

Deno.test("a claim tells of each item what became of its ack, also in a paused queue and when it is sent again", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  const first = await claim(connection, keys, aClaim({ max: 2, instance: "A" }));
  const [c, b] = first.items.map(({ uid, claim: { lease, at, size } }) => ({
    ...{ uid, lease, claimedAt: at, claimSize: size },
  })) as [DoneItem, DoneItem];
  // One is in other hands by now.
  await redis.command("ZADD", keys.aging, await redis.now() + 60e6, "b");
  await pause(connection, keys, true);
  const done = [c, b, { uid: "gone" }];
  const request = aClaim({ instance: "A", number: 2, read: 1, max: 10, done });
  const paused = await claim(connection, keys, request);
  assert.deepEqual([paused.acked, paused.paused], [["acked", "refused", "gone"], true]);
  await pause(connection, keys, false);
  for (let times = 0; times < 2; times++) {
    const again = await claim(connection, keys, request);
    assert.deepEqual(again.acked, ["gone", "refused", "gone"]);
    assert.deepEqual(again.items.map(({ uid }) => uid), ["a", "d"]);
  }
});

Deno.test("a claim that is sent again does not ack what was put again under its uid meanwhile", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  await put(connection, keys, [{ uid: "a", payload: "x" }]);
  const { items: [item] } = await claim(connection, keys, aClaim({ instance: "A" }));
  const { lease, at, size } = item!.claim;
  const done = [{ uid: "a", lease, claimedAt: at, claimSize: size }];
  const request = aClaim({ instance: "A", number: 2, read: 1, done });
  assert.deepEqual((await claim(connection, keys, request)).acked, ["acked"]);
  await put(connection, keys, [{ uid: "a", payload: "x" }]);
  const again = await claim(connection, keys, request);
  assert.deepEqual(again.acked, ["refused"]);
  assert.deepEqual(again.items.map(({ uid }) => uid), ["a"], "the new one");
  const last = await claim(connection, keys, request);
  assert.deepEqual([last.acked, last.items.length], [["refused"], 1], "also while it is in hand");
});
