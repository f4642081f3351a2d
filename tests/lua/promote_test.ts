import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { promote } from "../../src/lua/promote.ts";
import { readExtras, seedExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

async function promoteOnce(connection: SupervisedConnection, keys: QueueKeys) {
  return await promote(connection, keys) ?? "none";
}

testScript<number | string>([
  {
    name: "promote without delayed items does nothing",
    before: { items: { a: "1" }, queue: ["a"] },
    call: promoteOnce,
    returns: "none",
    after: {},
  },
  {
    name: "promote queues what is due, in the order of its time, and asks to be called again",
    before: { items: { a: "1", b: "2", w: "3" }, queue: ["w"], delayed: { a: 7, b: 5 } },
    call: promoteOnce,
    returns: 0,
    after: { queue: ["a", "b", "w"], delayed: {} },
    again: { returns: "none" },
  },
]);

Deno.test("promote tells when the next item is due", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const before = await redis.now();
  await seedExtras(redis, "q", { delayed: { a: before + 5e6 } });
  const next = await promote(connection, queueKeys("q"));
  const after = await redis.now();
  assert.ok(next! <= 5_000 && next! >= 5_000 - (after - before) / 1000);
});

Deno.test("promote queues a thousand items at a time, also while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 2_500 }, (_, i) => `uid ${i}`);
  await seed(redis, "q", { items: Object.fromEntries(uids.map((uid) => [uid, "payload"])) });
  await seedExtras(redis, "q", { delayed: Object.fromEntries(uids.map((uid, i) => [uid, i + 1])) });
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const left: number[] = [];
  do left.push(Object.keys((await readExtras(redis, "q")).delayed).length); while (
    await promote(connection, queueKeys("q")) === 0
  );
  assert.deepEqual(left, [2_500, 1_500, 500, 0]);
  assert.deepEqual((await readState(redis, "q")).queue, uids.toReversed());
});
