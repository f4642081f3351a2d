import assert from "node:assert/strict";
import { deleteDead, deleteItems } from "../../src/lua/delete.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { THREE_DEAD } from "../helpers/dead_letters.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "items are deleted whatever their state, with all that is known of them",
    before: {
      items: { w: "1", p: "2", f: "3", u: "4", l: "5", d: "6", other: "7" },
      queue: ["w", "other"],
      popped: ["p"],
      aging: { f: 5 },
      short: { f: 9e15 },
      ackbuf: ["u"],
      delayed: { l: 9e15 },
      dead: { d: 6 },
      named: { w: 5, other: 5 },
      attempts: { w: 1, d: 3, other: 1 },
      errors: { d: "no" },
    },
    call: (connection, keys) =>
      deleteItems(connection, keys, ["w", "p", "f", "u", "l", "d", "w", "none"]),
    returns: 6,
    after: {
      ...NO_EXTRAS,
      items: { other: "7" },
      // Uids without payload, which the claim drops.
      queue: ["w", "other"],
      popped: ["p"],
      ackbuf: [],
      aging: {},
      named: { other: 5 },
      attempts: { other: 1 },
    },
    again: { returns: 0 },
  },
  {
    name: "what is left of an item without payload is deleted, and not counted",
    before: { queue: ["a"], aging: { a: 5 }, dead: { b: 5 }, ackbuf: ["c"], attempts: { b: 1 } },
    call: (connection, keys) => deleteItems(connection, keys, ["a", "b", "c"]),
    returns: 0,
    after: { aging: {}, dead: {}, ackbuf: [], attempts: {} },
  },
  {
    name: "dead letters are deleted by their uids, and no item that lives",
    before: { ...THREE_DEAD, items: { ...THREE_DEAD.items, w: "4" }, queue: ["w"] },
    call: (connection, keys) => deleteDead(connection, keys, ["a", "w", "x"]),
    returns: 1,
    after: {
      items: { b: "2", c: "3", w: "4" },
      attempts: { b: 1 },
      errors: { b: "" },
      dead: { b: 5, c: 6 },
    },
    again: { returns: 0 },
  },
  {
    name: "all dead letters are deleted",
    before: { ...THREE_DEAD, items: { ...THREE_DEAD.items, w: "4" }, queue: ["w"] },
    call: (connection, keys) => deleteDead(connection, keys),
    returns: 3,
    after: { items: { w: "4" }, ...NO_EXTRAS },
    again: { returns: 0 },
  },
]);

Deno.test("thousands of dead letters are deleted in steps, and those that die meanwhile stay", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 2_300 }, (_, i) => `uid ${String(i).padStart(4, "0")}`);
  const items = Object.fromEntries([...uids, "later"].map((uid) => [uid, "payload"]));
  const dead = { ...Object.fromEntries(uids.map((uid, i) => [uid, i])), later: 9e15 };
  for (const chosen of [undefined, uids]) {
    const name = chosen === undefined ? "all" : "named";
    await seed(redis, name, { items });
    await seedExtras(redis, name, { dead });
    await redis.resetCalls();
    assert.equal(await deleteDead(connection, queueKeys(name), chosen), 2_300);
    assert.ok((await redis.calls())["evalsha"]! >= 5);
    const state = await readState(redis, name);
    assert.deepEqual(state, { ...EMPTY, items: { later: "payload" } });
    assert.deepEqual(await readExtras(redis, name), { ...NO_EXTRAS, dead: { later: 9e15 } });
  }
});
