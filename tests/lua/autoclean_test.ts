import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { claim } from "../../src/lua/claim.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, NOW, testScript } from "../helpers/script_table.ts";

const RAN_OUT = "its lease ran out: its consumer crashed, hung, or took too long";
/** A lease that is not over: it ends in the year 2255. */
const FRESH = 9e15;
const NOTHING = {
  stamped: 0,
  expired: 0,
  surplus: 0,
  marked: false,
  ghosts: 0,
  held: 0,
  more: false,
};

/** What a step of the cleaner counts. */
async function counts(connection: SupervisedConnection, keys: QueueKeys) {
  const { nextEndMs: _, ...step } = await autoclean(connection, keys, 60);
  return step;
}

testScript([
  {
    name: "autoclean of an empty queue does nothing",
    before: {},
    call: (connection, keys) => counts(connection, keys),
    returns: NOTHING,
    after: {},
  },
  {
    name: "autoclean starts the leases of popped items",
    before: { items: { a: "1", b: "2" }, ackbuf: ["b", "a"] },
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, stamped: 2 },
    after: { ackbuf: [], aging: { a: NOW, b: NOW } },
    again: { returns: NOTHING },
  },
  {
    name: "autoclean leaves a lease that has begun as it is",
    before: { items: { a: "1" }, ackbuf: ["a"], aging: { a: FRESH } },
    call: (connection, keys) => counts(connection, keys),
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
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, expired: 2, marked: true },
    after: {
      queue: ["a", "b", "w"],
      aging: { c: FRESH },
      attempts: { a: 1, b: 1 },
      errors: { a: RAN_OUT, b: RAN_OUT },
    },
    again: { returns: { ...NOTHING, marked: true } },
  },
  {
    name: "autoclean drops an expired uid without payload",
    before: { items: { b: "2" }, aging: { acked: 5, b: 6 } },
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, expired: 2, marked: true },
    after: { queue: ["b"], aging: {}, attempts: { b: 1 }, errors: { b: RAN_OUT } },
    again: { returns: { ...NOTHING, marked: true } },
  },
  {
    name: "autoclean counts the items that stand in no list",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4", e: "5" },
      queue: ["a"],
      aging: { b: FRESH },
    },
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, surplus: 3 },
    after: {},
  },
  {
    name: "autoclean leaves it to the next claim whether an item has had its last attempt",
    before: { items: { a: "1" }, aging: { a: 5 }, attempts: { a: 7 }, errors: { a: "why" } },
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, expired: 1, marked: true },
    after: { queue: ["a"], aging: {}, attempts: { a: 8 }, errors: { a: RAN_OUT } },
    again: { returns: { ...NOTHING, marked: true } },
  },
  {
    name: "autoclean requeues what has a short lease that is over, and no other",
    before: {
      items: { a: "1", b: "2", c: "3" },
      aging: { a: FRESH - 9, b: FRESH, c: FRESH },
      short: { a: FRESH, b: 5, gone: 5 },
    },
    // In the year 2255 or later the first is over, too: here the clock says that none of the two is.
    call: (connection, keys) => counts(connection, keys),
    returns: NOTHING,
    // The end of b's is older than its lease, as that of a lease before; 'gone' is not in flight.
    after: { short: { a: FRESH } },
  },
  {
    name: "autoclean puts back in front what was popped",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c"], popped: ["b", "a"] },
    call: (connection, keys) => counts(connection, keys),
    returns: NOTHING,
    after: { queue: ["c", "b", "a"], popped: [] },
  },
  {
    name: "autoclean counts the uids of items that are gone",
    before: { items: { a: "1" }, queue: ["a", "acked", "acked too"] },
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, ghosts: 2 },
    after: {},
  },
  {
    name: "autoclean queues delayed items that are due, and counts none of them for lost",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c"], delayed: { a: 5, b: FRESH } },
    call: (connection, keys) => counts(connection, keys),
    returns: NOTHING,
    after: { queue: ["a", "c"], delayed: { b: FRESH } },
  },
  {
    name: "autoclean counts no dead letter for lost",
    before: { items: { a: "1" }, attempts: { a: 3 }, dead: { a: 5 } },
    call: (connection, keys) => counts(connection, keys),
    returns: { ...NOTHING, marked: true },
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

Deno.test("a lease is over when its claimer said, whatever the lease of the instance that cleans", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const leases = { quarter: 0.25, minute: 60, hour: 3600 };
  for (const [uid, lease] of Object.entries(leases)) {
    await redis.command("HSET", keys.items, uid, "payload");
    await redis.command("LPUSH", keys.queue, uid);
    await claim(connection, keys, {
      ...{ max: 1, maxBytes: 1, lease, maxAttempts: 0, instance: uid, number: 1, read: 0 },
    });
  }
  /** What is over when so many seconds have passed: all that is known moves back in time. */
  const overAfter = async (seconds: number) => {
    const { aging } = await readState(redis, "q");
    for (const uid of Object.keys(aging)) {
      await redis.command("ZINCRBY", keys.aging, -seconds * 1e6, uid);
      if (uid === "quarter") await redis.command("ZINCRBY", keys.short, -seconds * 1e6, uid);
    }
    for (const lease of [0.1, 60, 86_400]) await autoclean(connection, keys, lease);
    const { queue } = await readState(redis, "q");
    await redis.command("DEL", keys.queue);
    return queue;
  };

  assert.deepEqual(await overAfter(0), []);
  assert.deepEqual(await overAfter(0.26), ["quarter"]);
  assert.deepEqual(await overAfter(40), []);
  assert.deepEqual(await overAfter(20), ["minute"]);
  assert.deepEqual(await overAfter(3600 - 90), []);
  assert.deepEqual(await overAfter(40), ["hour"]);
  assert.deepEqual((await readExtras(redis, "q")).short, {});
});

Deno.test("autoclean tells when the next lease ends, of a minute, longer, shorter, or of Python", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const secondsLeft = async () => {
    const { nextEndMs } = await autoclean(connection, keys, 60);
    return nextEndMs && Math.ceil(nextEndMs / 1000);
  };
  assert.equal(await secondsLeft(), undefined);
  await seed(redis, "q", { items: { a: "1", b: "2", c: "3", d: "4" }, queue: ["c", "b", "a"] });
  let number = 0;
  const take = (lease: number) =>
    claim(connection, keys, {
      ...{
        max: 1,
        maxBytes: 1,
        lease,
        maxAttempts: 0,
        instance: `${number++}`,
        number: 1,
        read: 0,
      },
    });
  await take(600);
  assert.equal(await secondsLeft(), 600);
  await redis.command("LPUSH", keys.ackbuf, "d");
  assert.equal(await secondsLeft(), 60);
  await take(60);
  assert.equal(await secondsLeft(), 60);
  await take(20);
  assert.equal(await secondsLeft(), 20);
});

Deno.test("autoclean forgets the claims whose leases are over, and keeps the others", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  await seed(redis, "q", { items: { a: "1", b: "2" }, queue: ["b", "a"] });
  for (const [instance, lease] of [["short", 60], ["long", 600]] as const) {
    await claim(connection, keys, {
      ...{ max: 1, maxBytes: 1, lease, maxAttempts: 0, instance, number: 1, read: 0 },
    });
  }
  await redis.command("HSET", keys.claims, "touches:touch", 5);
  await autoclean(connection, keys, 60);
  assert.deepEqual(
    (await redis.command("HKEYS", keys.claims) as string[]).toSorted(),
    ["long", "short"],
  );
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
  for (let i = 0; i < 3; i++) steps.push(await counts(connection, queueKeys("q")));

  assert.deepEqual(steps, [
    { stamped: 500, expired: 500, surplus: 0, marked: true, ghosts: 0, held: 0, more: true },
    { stamped: 100, expired: 200, surplus: 0, marked: true, ghosts: 0, held: 0, more: false },
    { ...NOTHING, marked: true },
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
