import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { type Touch, touch, type Touched } from "../../src/lua/touch.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, NOW, testScript } from "../helpers/script_table.ts";

const FUTURE = 9e15;

/** Which of the items have a lease, of a minute; each touch is another instance's. */
function touching(...items: Touch[]) {
  return async (connection: SupervisedConnection, keys: QueueKeys): Promise<boolean[]> => {
    const instance = crypto.randomUUID();
    const leases = await touch(connection, keys, items, { length: 60, instance });
    return leases.map((lease) => typeof lease === "number");
  };
}

testScript<Touched[]>([
  {
    name: "touch tells items that are in other hands, or wait, from those that are gone",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["a"], aging: { b: 6 }, ackbuf: ["c"] },
    call: (connection, keys) => {
      const items = ["a", "b", "c", "gone"].map((uid) => ({ uid, lease: 5 }));
      return touch(connection, keys, items, { length: 60, instance: "A" });
    },
    returns: ["lost", "lost", "lost", "gone"],
    after: {},
  },
]);

testScript([
  {
    name: "touch extends leases, of items in flight alone",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      queue: ["c"],
      ackbuf: ["d"],
      aging: { a: 5, b: 6 },
    },
    call: touching({ uid: "a" }, { uid: "c" }, { uid: "d" }, { uid: "acked" }),
    returns: [true, false, false, false],
    after: { aging: { a: NOW, b: 6 } },
  },
  {
    name: "touch with the lease of an earlier holder changes nothing",
    before: { items: { a: "1", b: "2", c: "3" }, aging: { a: 60e6 + 5, b: 4, c: 6 } },
    call: touching({ uid: "a", lease: 5 }, { uid: "b", lease: 5 }, { uid: "c", lease: 5 }),
    returns: [false, false, false],
    after: {},
  },
  {
    name: "touch leaves a lease that ends later, and says that it stands",
    before: { items: { a: "1", b: "2" }, aging: { a: FUTURE, b: 5 }, short: { b: FUTURE } },
    call: touching({ uid: "a" }, { uid: "b", lease: 5 }),
    returns: [true, true],
    after: {},
  },
  {
    name: "touch looks at a lease that is younger than its slack, and leaves it",
    before: { items: { a: "1", b: "2" }, aging: { a: FUTURE - 6e7, b: 5 } },
    call: touching({ uid: "a", slack: 1e9 }, { uid: "b", lease: 5, slack: 20 }),
    returns: [true, true],
    after: { aging: { a: FUTURE - 6e7, b: NOW } },
    again: { returns: [true, false] },
  },
  {
    name: "touch makes a short lease a long one",
    before: { items: { a: "1" }, aging: { a: 5 }, short: { a: 6 } },
    call: touching({ uid: "a" }),
    returns: [true],
    after: { aging: { a: NOW }, short: {} },
  },
]);

Deno.test("touch whose first answer was lost finds the lease that it gave then, and no other", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  await seed(redis, "q", { items: { a: "1", b: "2" }, aging: { a: 5, b: 5 } });
  const touches = (uid: string, lease: number, instance = "A") =>
    touch(connection, keys, [{ uid, lease }], { length: 90, instance });

  const [first] = await touches("a", 5);
  const [again] = await touches("a", 5);
  assert.ok(again! > first!, `${again} after ${first}`);
  assert.deepEqual((await readState(redis, "q")).aging, { a: again, b: 5 });
  // Another instance's, and one that an item of the same name before had.
  assert.deepEqual(await touches("a", 5, "B"), ["lost"]);
  await touches("b", 5);
  assert.deepEqual(await touches("a", 5), ["lost"]);
});

Deno.test("touch extends a lease when its slack is over, and not before", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const now = await redis.now();
  // Leases of 90 s that began 20 and 40 s ago.
  await seed(redis, "q", { items: { a: "1", b: "2" }, aging: { a: now + 10e6, b: now - 10e6 } });
  const items = ["a", "b"].map((uid) => ({ uid, slack: 30 }));
  const [young, old] = await touch(connection, keys, items, { length: 90, instance: "A" });
  assert.equal(young, now + 10e6);
  assert.ok(Number(old) >= now + 30e6, `${old} after ${now}`);
  assert.deepEqual((await readState(redis, "q")).aging, { a: young, b: old });
});

Deno.test("touch with a short lease notes its end, and never moves an end nearer", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  await seed(redis, "q", { items: { a: "1" }, aging: { a: 5 } });
  for (const length of [30, 20]) {
    await touch(connection, keys, [{ uid: "a" }], { length, instance: "A" });
  }
  const { aging } = await readState(redis, "q");
  const { short } = await readExtras(redis, "q");
  assert.equal(short["a"], aging["a"]! + 30e6);
});
