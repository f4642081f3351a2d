import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { fail } from "../../src/lua/fail.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, inSeconds, NOW, testScript } from "../helpers/script_table.ts";

/** Whether each of them was in flight. */
async function failAll(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<boolean[]> {
  const outcomes = await fail(connection, keys, uids.map((uid) => ({ uid })));
  return outcomes.map((outcome) => outcome === "requeued");
}

testScript([
  {
    name: "fail requeues an item behind those that wait",
    before: { items: { a: "1", b: "2" }, queue: ["b"], aging: { a: 5 } },
    call: (connection, keys) => failAll(connection, keys, ["a"]),
    returns: [true],
    after: { queue: ["a", "b"], aging: {}, attempts: { a: 1 } },
    again: { returns: [false] },
  },
  {
    name: "fail requeues items in the order of the call",
    before: { items: { a: "1", b: "2", c: "3" }, aging: { a: 5, b: 6, c: 7 } },
    call: (connection, keys) => failAll(connection, keys, ["c", "a"]),
    returns: [true, true],
    after: { queue: ["a", "c"], aging: { b: 6 }, attempts: { a: 1, c: 1 } },
    again: { returns: [false, false] },
  },
  {
    name: "fail requeues an item whose lease is not stamped yet",
    before: { items: { a: "1", b: "2" }, ackbuf: ["b", "a"] },
    call: (connection, keys) => failAll(connection, keys, ["a"]),
    returns: [true],
    after: { queue: ["a"], ackbuf: ["b"], attempts: { a: 1 } },
    again: { returns: [false] },
  },
  {
    name: "fail of an item that waits again, was acked, or never was changes nothing",
    before: { items: { a: "1", b: "2" }, queue: ["a"], aging: { b: 5 } },
    call: (connection, keys) => failAll(connection, keys, ["a", "acked", ""]),
    returns: [false, false, false],
    after: {},
  },
  {
    name: "fail does not requeue a uid without payload",
    before: { aging: { a: 5 }, ackbuf: ["b"] },
    call: (connection, keys) => failAll(connection, keys, ["a", "b"]),
    returns: [false, false],
    after: { aging: {}, ackbuf: [] },
  },
  {
    name: "fail of the same uid twice in one call requeues it once",
    before: { items: { a: "1" }, aging: { a: 5 } },
    call: (connection, keys) => failAll(connection, keys, ["a", "a"]),
    returns: [true, false],
    after: { queue: ["a"], aging: {}, attempts: { a: 1 } },
    again: { returns: [false, false] },
  },
]);

testScript([
  {
    name: "fail with a delay requeues later, and keeps the error's text",
    before: { items: { a: "1" }, aging: { a: 5 }, attempts: { a: 2 }, errors: { a: "old" } },
    call: (connection, keys) =>
      fail(connection, keys, [{ uid: "a", delay: 30, error: "no connection" }], { maxAttempts: 9 }),
    returns: ["requeued"],
    after: {
      aging: {},
      attempts: { a: 3 },
      errors: { a: "no connection" },
      delayed: { a: inSeconds(30) },
    },
    again: { returns: ["unchanged"] },
  },
  {
    name: "fail of the last allowed attempt makes a dead letter, whatever the delay",
    before: { items: { a: "1", b: "2" }, aging: { a: 5, b: 6 }, attempts: { a: 2, b: 1 } },
    call: (connection, keys) =>
      fail(connection, keys, [{ uid: "a", delay: 30, error: "again" }, { uid: "b" }], {
        maxAttempts: 3,
      }),
    returns: ["dead", "requeued"],
    after: {
      queue: ["b"],
      aging: {},
      attempts: { a: 3, b: 2 },
      errors: { a: "again" },
      dead: { a: NOW },
    },
    again: { returns: ["unchanged", "unchanged"] },
  },
  {
    name: "fail of a hopeless item makes a dead letter at its first attempt",
    before: { items: { a: "1" }, aging: { a: 5 } },
    call: (connection, keys) => fail(connection, keys, [{ uid: "a", hopeless: true }]),
    returns: ["dead"],
    after: { aging: {}, attempts: { a: 1 }, dead: { a: NOW } },
    again: { returns: ["unchanged"] },
  },
  {
    name: "fail with the lease of an earlier holder changes nothing",
    before: { items: { a: "1", b: "2", c: "3" }, aging: { a: 7, b: 7 }, ackbuf: ["c"] },
    call: (connection, keys) =>
      fail(connection, keys, [{ uid: "a", lease: 5 }, { uid: "b", lease: 7 }, {
        uid: "c",
        lease: 5,
      }]),
    returns: ["unchanged", "requeued", "unchanged"],
    after: { queue: ["b"], aging: { a: 7 }, attempts: { b: 1 } },
    again: { returns: ["unchanged", "unchanged", "unchanged"] },
  },
]);

Deno.test("fail takes a thousand uids at once, also while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 1_000 }, (_, i) => `uid ${i}`);
  const items = Object.fromEntries(uids.map((uid) => [uid, "payload"]));
  const aging = Object.fromEntries(uids.map((uid) => [uid, 5]));
  await seed(redis, "full", { items, aging });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  assert.deepEqual(await failAll(connection, queueKeys("full"), uids), uids.map(() => true));

  assert.deepEqual(await readState(redis, "full"), { ...EMPTY, items, queue: uids.toReversed() });
});
