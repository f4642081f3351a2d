import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { requeueDead } from "../../src/lua/requeue_dead.ts";
import { THREE_DEAD } from "../helpers/dead_letters.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "dead letters are requeued by their uids, with no attempt counted",
    before: { ...THREE_DEAD, queue: ["w"] },
    call: (connection, keys) => requeueDead(connection, keys, ["c", "a", "x", "a"]),
    returns: 2,
    after: {
      queue: ["a", "c", "w"],
      attempts: { b: 1 },
      errors: { b: "" },
      dead: { b: 5 },
    },
    again: { returns: 0 },
  },
  {
    name:
      "a dead letter that is in flight, too, since Redis refused a part of its failure, is requeued",
    before: { items: { a: "1", b: "2" }, aging: { a: 5, b: 5 }, dead: { a: 5 } },
    call: (connection, keys) => requeueDead(connection, keys, ["a", "b"]),
    returns: 1,
    after: { queue: ["a"], dead: {} },
    again: { returns: 0 },
  },
  {
    name: "all dead letters are requeued, the longest dead first",
    before: THREE_DEAD,
    call: (connection, keys) => requeueDead(connection, keys),
    returns: 3,
    after: { queue: ["a", "c", "b"], ...NO_EXTRAS },
    again: { returns: 0 },
  },
]);

Deno.test("thousands of dead letters are requeued in steps, and those that die meanwhile stay", async () => {
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
    assert.equal(await requeueDead(connection, queueKeys(name), chosen), 2_300);
    assert.ok((await redis.calls())["evalsha"]! >= 5);
    const state = await readState(redis, name);
    assert.deepEqual(state, { ...EMPTY, items, queue: uids.toReversed() });
    assert.deepEqual(await readExtras(redis, name), { ...NO_EXTRAS, dead: { later: 9e15 } });
  }
});
