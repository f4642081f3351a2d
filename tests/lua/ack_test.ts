import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { ack } from "../../src/lua/ack.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import type { AckOutcome } from "../../src/lua/parts/acks.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

/** Acks of uids by whoever holds them. */
function ackAny(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<AckOutcome[]> {
  return ack(connection, keys, uids.map((uid) => ({ uid })));
}

testScript<AckOutcome[]>([
  {
    name: "ack deletes an item in flight",
    before: { items: { a: "1", b: "2" }, queue: ["b"], aging: { a: 5 } },
    call: (connection, keys) => ackAny(connection, keys, ["a"]),
    returns: ["acked"],
    after: { items: { b: "2" }, aging: {} },
    again: { returns: ["gone"] },
  },
  {
    name: "ack deletes many items in flight and no other",
    before: { items: { a: "1", b: "2", c: "3" }, aging: { a: 5, b: 6, c: 7 } },
    call: (connection, keys) => ackAny(connection, keys, ["c", "a"]),
    returns: ["acked", "acked"],
    after: { items: { b: "2" }, aging: { b: 6 } },
    again: { returns: ["gone", "gone"] },
  },
  {
    name: "ack deletes an item whose lease is not stamped yet",
    before: { items: { a: "1", b: "2" }, ackbuf: ["b", "a"] },
    call: (connection, keys) => ackAny(connection, keys, ["a"]),
    returns: ["acked"],
    after: { items: { b: "2" }, ackbuf: ["b"] },
    again: { returns: ["gone"] },
  },
  {
    name: "ack completes an item whose lease ran out and that waits again",
    before: { items: { a: "1", b: "2" }, queue: ["a", "b"] },
    call: (connection, keys) => ackAny(connection, keys, ["a"]),
    returns: ["acked"],
    after: { items: { b: "2" } },
    again: { returns: ["gone"] },
  },
  {
    name: "ack tells of each uid whether there was such an item",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["b"], ackbuf: ["c"], aging: { a: 5 } },
    call: (connection, keys) => ackAny(connection, keys, ["x", "a", "b", "", "c"]),
    returns: ["gone", "acked", "acked", "gone", "acked"],
    after: { items: {}, ackbuf: [], aging: {} },
    again: { returns: ["gone", "gone", "gone", "gone", "gone"] },
  },
  {
    name: "ack of the same uid twice in one call deletes it once",
    before: { items: { a: "1" }, aging: { a: 5 } },
    call: (connection, keys) => ackAny(connection, keys, ["a", "a"]),
    returns: ["acked", "gone"],
    after: { items: {}, aging: {} },
    again: { returns: ["gone", "gone"] },
  },
  {
    name: "ack leaves uids alone that are not ours",
    before: { items: { "not ours": "1" }, aging: { "not ours": 5 } },
    call: (connection, keys) => ackAny(connection, keys, ["é\n \u0000"]),
    returns: ["gone"],
    after: {},
  },
  {
    name: "ack of an item that failed before, is delayed, or dead leaves no trace of it",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      aging: { a: 5 },
      attempts: { a: 1, b: 2, c: 3, d: 4 },
      errors: { a: "no", b: "never", d: "not yet" },
      delayed: { b: 9e15 },
      dead: { c: 5 },
      short: { a: 5, d: 6 },
      named: { b: 5, d: 6 },
    },
    call: (connection, keys) => ackAny(connection, keys, ["a", "b", "c"]),
    returns: ["acked", "acked", "acked"],
    after: {
      items: { d: "4" },
      aging: {},
      attempts: { d: 4 },
      errors: { d: "not yet" },
      delayed: {},
      dead: {},
      short: { d: 6 },
      named: { d: 6 },
    },
    again: { returns: ["gone", "gone", "gone"] },
  },
]);

Deno.test("ack takes a thousand uids at once", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 1_000 }, (_, i) => `uid ${i}`);
  const items = Object.fromEntries(uids.map((uid) => [uid, "payload"]));
  await seed(redis, "in flight", { items, aging: Object.fromEntries(uids.map((uid) => [uid, 5])) });
  await seed(redis, "unstamped", { items, ackbuf: uids });
  for (const name of ["in flight", "unstamped"]) {
    const acked = await ackAny(connection, queueKeys(name), uids);
    assert.deepEqual(acked, uids.map(() => "acked"));
    assert.deepEqual(await readState(redis, name), EMPTY);
  }
});

Deno.test("ack works while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "full", { items: { a: "1", b: "2" }, ackbuf: ["b"], aging: { a: 5 } });
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  assert.deepEqual(await ackAny(connection, queueKeys("full"), ["a", "b"]), ["acked", "acked"]);
  assert.deepEqual(await readState(redis, "full"), EMPTY);
});
