import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { release } from "../../src/lua/release.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

/** Whether each of them was in flight. */
function releaseAll(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<boolean[]> {
  return release(connection, keys, uids.map((uid) => ({ uid })));
}

testScript([
  {
    name: "release puts items back at the front, in the order they had",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c"], aging: { a: 5, b: 6 } },
    call: (connection, keys) => releaseAll(connection, keys, ["a", "b"]),
    returns: [true, true],
    after: { queue: ["c", "b", "a"], aging: {} },
    again: { returns: [false, false] },
  },
  {
    name: "release puts back an item whose lease is not stamped yet",
    before: { items: { a: "1", b: "2" }, queue: ["b"], ackbuf: ["a"] },
    call: (connection, keys) => releaseAll(connection, keys, ["a"]),
    returns: [true],
    after: { queue: ["b", "a"], ackbuf: [] },
    again: { returns: [false] },
  },
  {
    name: "release with the lease of an earlier holder changes nothing",
    before: { items: { a: "1", b: "2" }, queue: ["w"], aging: { a: 7, b: 7 } },
    call: (connection, keys) =>
      release(connection, keys, [{ uid: "a", lease: 5 }, { uid: "b", lease: 7 }]),
    returns: [false, true],
    after: { queue: ["w", "b"], aging: { a: 7 } },
    again: { returns: [false, false] },
  },
]);

Deno.test("release takes a thousand uids at once, also while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 1_000 }, (_, i) => `uid ${i}`);
  const items = Object.fromEntries(uids.map((uid) => [uid, "payload"]));
  const aging = Object.fromEntries(uids.map((uid) => [uid, 5]));
  await seed(redis, "full", { items, aging });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  assert.deepEqual(await releaseAll(connection, queueKeys("full"), uids), uids.map(() => true));

  assert.deepEqual(await readState(redis, "full"), { ...EMPTY, items, queue: uids.toReversed() });
});
