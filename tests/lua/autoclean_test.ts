import assert from "node:assert/strict";
import { queueKeys } from "../../src/keys.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, NOW, testScript } from "../helpers/script_table.ts";

/** A lease that has not run out: it begins in the year 2255. */
const FRESH = 9e15;
const NOTHING = { stamped: 0, expired: 0, surplus: 0, marked: 0, more: false };

testScript([
  {
    name: "autoclean of an empty queue does nothing",
    before: {},
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: NOTHING,
    after: {},
  },
  {
    name: "autoclean starts the leases of popped items",
    before: { items: { a: "1", b: "2" }, ackbuf: ["b", "a"] },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: { ...NOTHING, stamped: 2 },
    after: { ackbuf: [], aging: { a: NOW, b: NOW } },
    again: { returns: NOTHING },
  },
  {
    name: "autoclean leaves a lease that has begun as it is",
    before: { items: { a: "1" }, ackbuf: ["a"], aging: { a: FRESH } },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: { ...NOTHING, stamped: 1, surplus: 0 },
    after: { ackbuf: [] },
    again: { returns: NOTHING },
  },
  {
    name: "autoclean requeues what ran out, longest first, behind the items that wait",
    before: {
      items: { a: "1", b: "2", c: "3", w: "4" },
      queue: ["w"],
      aging: { a: 7, b: 6, c: FRESH },
    },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: { ...NOTHING, expired: 2, marked: 2 },
    after: { queue: ["a", "b", "w"], aging: { c: FRESH }, attempts: { a: 1, b: 1 } },
    again: { returns: { ...NOTHING, marked: 2 } },
  },
  {
    name: "autoclean drops an expired uid without payload",
    before: { items: { b: "2" }, aging: { acked: 5, b: 6 } },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: { ...NOTHING, expired: 2, marked: 1 },
    after: { queue: ["b"], aging: {}, attempts: { b: 1 } },
    again: { returns: { ...NOTHING, marked: 1 } },
  },
  {
    name: "autoclean counts the items that stand in no list",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4", e: "5" },
      queue: ["a"],
      aging: { b: FRESH },
    },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: { ...NOTHING, surplus: 3 },
    after: {},
  },
  {
    name: "autoclean moves an item whose last allowed attempt expired to the dead letters",
    before: { items: { a: "1", b: "2" }, aging: { a: 5, b: 6 }, attempts: { a: 1 } },
    call: (connection, keys) => autoclean(connection, keys, 60, 2),
    returns: { ...NOTHING, expired: 2, marked: 2 },
    after: {
      queue: ["b"],
      aging: {},
      attempts: { a: 2, b: 1 },
      errors: { a: "its lease ran out: its consumer crashed, hung, or took too long" },
      dead: { a: NOW },
    },
    again: { returns: { ...NOTHING, marked: 2 } },
  },
  {
    name: "autoclean queues delayed items that are due, and counts none of them for lost",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c"], delayed: { a: 5, b: FRESH } },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: NOTHING,
    after: { queue: ["a", "c"], delayed: { b: FRESH } },
  },
  {
    name: "autoclean counts no dead letter for lost",
    before: { items: { a: "1" }, attempts: { a: 3 }, dead: { a: 5 } },
    call: (connection, keys) => autoclean(connection, keys, 60),
    returns: { ...NOTHING, marked: 1 },
    after: {},
  },
]);

Deno.test("autoclean requeues a lease as soon as it has run out, to the microsecond", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const now = await redis.now();
  // The first has run out by then; the second has 20 s left, more than this test may ever take.
  const aging = { gone: now - 60_000_000, held: now - 40_000_000 };
  await seed(redis, "q", { items: { gone: "1", held: "2" }, aging });

  assert.equal((await autoclean(connection, queueKeys("q"), 60)).expired, 1);

  const state = await readState(redis, "q");
  assert.deepEqual([state.queue, state.aging], [["gone"], { held: aging.held }]);
});

Deno.test("autoclean takes a fraction of a second for a lease", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const now = await redis.now();
  await seed(redis, "q", { items: { a: "1" }, aging: { a: now - 250_000 } });

  assert.equal((await autoclean(connection, queueKeys("q"), 3600.25)).expired, 0);
  assert.equal((await autoclean(connection, queueKeys("q"), 0.25)).expired, 1);
});

Deno.test("autoclean stops at its limit and says that there is more", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const popped = Array.from({ length: 600 }, (_, i) => `popped ${i}`);
  const expired = Array.from({ length: 700 }, (_, i) => `expired ${i}`);
  await seed(redis, "q", {
    items: Object.fromEntries([...popped, ...expired].map((uid) => [uid, "payload"])),
    ackbuf: popped.toReversed(),
    aging: Object.fromEntries(expired.map((uid, i) => [uid, i])),
  });
  const steps = [];
  for (let i = 0; i < 3; i++) steps.push(await autoclean(connection, queueKeys("q"), 60));

  assert.deepEqual(steps, [
    { stamped: 500, expired: 500, surplus: 0, marked: 500, more: true },
    { stamped: 100, expired: 200, surplus: 0, marked: 700, more: false },
    { ...NOTHING, marked: 700 },
  ]);
  const state = await readState(redis, "q");
  assert.deepEqual(state.queue, expired.toReversed());
  assert.deepEqual(state.ackbuf, []);
  assert.deepEqual(Object.keys(state.aging).sort(), popped.toSorted());
  // Those popped first were stamped first.
  assert.ok(state.aging["popped 499"]! < state.aging["popped 500"]!);
});

Deno.test("autoclean works while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "popped", { items: { a: "1" }, ackbuf: ["a"] });
  await seed(redis, "expired", { items: { a: "1" }, aging: { a: 5 } });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  assert.equal((await autoclean(connection, queueKeys("popped"), 60)).stamped, 1);
  assert.equal((await autoclean(connection, queueKeys("expired"), 60)).expired, 1);
});
