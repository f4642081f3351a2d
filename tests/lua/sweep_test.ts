import assert from "node:assert/strict";
import { queueKeys } from "../../src/keys.ts";
import { sweep } from "../../src/lua/sweep.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const YEARS = 1e10;
const NOTHING = { cursor: "0", deleted: 0, more: false };
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
    },
    call: (connection, keys) => sweep(connection, keys, "0", { maxCount: 9, maxAge: YEARS }),
    returns: NOTHING,
    after: {
      attempts: { a: 1, e: 5 },
      errors: { a: "one" },
      delayed: {},
      dead: { e: FUTURE },
    },
  },
  {
    name: "sweep deletes the oldest dead letters above their number",
    before: {
      items: { a: "1", b: "2", c: "3" },
      attempts: { a: 1, b: 1, c: 1 },
      errors: { a: "no", b: "no", c: "no" },
      dead: { a: FUTURE + 2, b: FUTURE, c: FUTURE + 1 },
    },
    call: (connection, keys) => sweep(connection, keys, "0", { maxCount: 1, maxAge: YEARS }),
    returns: { ...NOTHING, deleted: 2 },
    after: {
      items: { a: "1" },
      attempts: { a: 1 },
      errors: { a: "no" },
      dead: { a: FUTURE + 2 },
    },
    again: { returns: NOTHING },
  },
  {
    name: "sweep deletes the dead letters that are too old",
    before: {
      items: { a: "1", b: "2" },
      attempts: { a: 1, b: 1 },
      dead: { a: 5, b: FUTURE },
    },
    call: (connection, keys) => sweep(connection, keys, "0", { maxCount: 9, maxAge: 3600 }),
    returns: { ...NOTHING, deleted: 1 },
    after: { items: { b: "2" }, attempts: { b: 1 }, dead: { b: FUTURE } },
    again: { returns: NOTHING },
  },
]);

Deno.test("sweep goes through many items step by step", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const uids = Array.from({ length: 3_000 }, (_, i) => `uid ${i}`);
  const ones = Object.fromEntries(uids.map((uid) => [uid, 1]));
  await seed(redis, "q", { items: Object.fromEntries(uids.map((uid) => [uid, "payload"])) });
  await seedExtras(redis, "q", { attempts: { ...ones, gone: 1 }, dead: ones });

  let cursor = "0";
  let deleted = 0;
  let steps = 0;
  let more: boolean;
  do {
    const step = await sweep(connection, keys, cursor, { maxCount: 0, maxAge: YEARS });
    ({ cursor, more } = step);
    deleted += step.deleted;
    assert.ok(step.deleted <= 500);
    steps++;
  } while (more);

  assert.equal(deleted, 3_000);
  assert.ok(steps >= 6);
  assert.deepEqual((await readState(redis, "q")).items, {});
  assert.deepEqual(await readExtras(redis, "q"), NO_EXTRAS);
});
