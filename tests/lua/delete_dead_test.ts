import assert from "node:assert/strict";
import { deleteDead } from "../../src/lua/delete_dead.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { THREE_DEAD } from "../helpers/dead_letters.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

testScript([
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
