import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { sweep } from "../../src/lua/sweep.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const YEARS = 1e10;
const FUTURE = 9e15;

testScript([
  {
    name: "sweep forgets what is known of items that are gone",
    before: {
      items: { a: "1", e: "5" },
      queue: ["a"],
      attempts: { a: 1, b: 2, c: 3, d: 4, e: 5 },
      errors: { a: "one", b: "two" },
      delayed: { c: FUTURE },
      dead: { d: FUTURE, e: FUTURE },
      named: { a: 5, f: 6 },
    },
    call: (connection, keys) => sweep(connection, keys, { maxCount: 9, maxAge: YEARS }),
    returns: false,
    after: {
      attempts: { a: 1, e: 5 },
      errors: { a: "one" },
      delayed: {},
      dead: { e: FUTURE },
      named: { a: 5 },
    },
  },
  {
    name: "sweep deletes no dead letter where it has no say",
    before: { items: { a: "1" }, attempts: { a: 1 }, dead: { a: 5 } },
    call: (connection, keys) => sweep(connection, keys),
    returns: false,
    after: {},
  },
  {
    name: "sweep drops the uids without payload in front, and leaves the order of the others",
    before: { items: { a: "1", b: "2" }, queue: ["b", "gone", "gone", "a", "gone too"] },
    call: (connection, keys) => sweep(connection, keys),
    returns: false,
    after: { queue: ["b", "a"] },
  },
  {
    name: "sweep deletes the oldest dead letters above their number",
    before: {
      items: { a: "1", b: "2", c: "3" },
      attempts: { a: 1, b: 1, c: 1 },
      errors: { a: "no", b: "no", c: "no" },
      dead: { a: FUTURE + 2, b: FUTURE, c: FUTURE + 1 },
    },
    call: (connection, keys) => sweep(connection, keys, { maxCount: 1, maxAge: YEARS }),
    returns: false,
    after: {
      items: { a: "1" },
      attempts: { a: 1 },
      errors: { a: "no" },
      dead: { a: FUTURE + 2 },
    },
    again: { returns: false },
  },
  {
    name: "sweep deletes the dead letters that are too old",
    before: {
      items: { a: "1", b: "2" },
      attempts: { a: 1, b: 1 },
      dead: { a: 5, b: FUTURE },
    },
    call: (connection, keys) => sweep(connection, keys, { maxCount: 9, maxAge: 3600 }),
    returns: false,
    after: { items: { b: "2" }, attempts: { b: 1 }, dead: { b: FUTURE } },
    again: { returns: false },
  },
]);

Deno.test("sweep goes through many items step by step, each bounded", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const uids = Array.from({ length: 3_000 }, (_, i) => `uid ${i}`);
  const ones = Object.fromEntries(uids.map((uid) => [uid, 1]));
  await seed(redis, "q", {
    items: Object.fromEntries(uids.map((uid) => [uid, "payload"])),
    queue: Array.from({ length: 1_050 }, (_, i) => `gone ${i}`),
  });
  await seedExtras(redis, "q", { attempts: ones, dead: ones });

  let left = 3_000;
  let more: boolean;
  let steps = 0;
  do {
    more = await sweep(connection, keys, { maxCount: 0, maxAge: YEARS });
    const now = Object.keys((await readExtras(redis, "q")).dead).length;
    assert.ok(left - now <= 500, `${left - now} in one step`);
    left = now;
    steps++;
  } while (more);

  assert.ok(steps >= 10);
  assert.deepEqual(await readState(redis, "q"), EMPTY);
  assert.deepEqual(await readExtras(redis, "q"), NO_EXTRAS);
});

Deno.test("sweep goes on while many of what it looks at are gone, among any number that live", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const live = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`uid ${i}`, 1]));
  const gone = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`gone ${i}`, 1]));
  await seed(redis, "q", { items: mapped(live, "payload") });
  await seedExtras(redis, "q", { named: { ...live, ...gone } });
  while (await sweep(connection, keys));
  const { named } = await readExtras(redis, "q");
  const left = Object.keys(named).filter((uid) => uid in gone).length;
  assert.ok(left < 250, `${left} are left`);
  assert.equal(Object.keys(named).length - left, 300);
});

function mapped(record: Record<string, number>, value: string): Record<string, string> {
  return Object.fromEntries(Object.keys(record).map((key) => [key, value]));
}
