import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { ack } from "../../src/lua/ack.ts";
import type { AckOutcome, DoneItem } from "../../src/lua/parts/acks.ts";
import { seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

/** Acks of deliveries by the lease 100, claimed then; 0 for the number of its items makes the script look at each. */
function acking(uids: string[], delivery: Partial<DoneItem> = {}) {
  return (connection: SupervisedConnection, keys: QueueKeys) =>
    ack(
      connection,
      keys,
      uids.map((uid) => ({ uid, lease: 100, claimedAt: 100, claimSize: 0, ...delivery })),
    );
}

testScript<AckOutcome[]>([
  {
    name: "the ack of a delivery deletes what is in flight by its lease",
    before: { items: { a: "1", b: "2", c: "3" }, aging: { a: 100, b: 100, c: 100 } },
    call: acking(["a", "b"]),
    returns: ["acked", "acked"],
    after: { items: { c: "3" }, aging: { c: 100 } },
    again: { returns: ["gone", "gone"] },
  },
  {
    name: "the ack of all that a lease was given to deletes it, and what is known of it",
    before: {
      items: { a: "1", b: "2", c: "3" },
      aging: { a: 100, b: 100, c: 7 },
      attempts: { a: 2, c: 1 },
      errors: { a: "why" },
      short: { b: 5, c: 6 },
      named: { b: 5, c: 6 },
    },
    call: acking(["a", "b"], { claimSize: 2 }),
    returns: ["acked", "acked"],
    after: {
      ...{ items: { c: "3" }, aging: { c: 7 }, attempts: { c: 1 }, errors: {} },
      ...{ short: { c: 6 }, named: { c: 6 } },
    },
    again: { returns: ["gone", "gone"] },
  },
  {
    name: "the ack of a delivery leaves what is in other hands",
    before: { items: { a: "1", b: "2", c: "3" }, aging: { a: 101, b: 100 }, ackbuf: ["c"] },
    call: acking(["a", "b", "c"], { claimSize: 3 }),
    returns: ["refused", "acked", "refused"],
    after: { items: { a: "1", c: "3" }, aging: { a: 101 } },
    again: { returns: ["refused", "gone", "refused"] },
  },
  {
    name: "the ack of a delivery deletes what rests since its lease ended",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      queue: ["a"],
      popped: ["b"],
      delayed: { c: 9e15 },
      dead: { d: 5 },
      attempts: { a: 1, b: 1, c: 1, d: 1 },
    },
    call: acking(["a", "b", "c", "d", "unknown"]),
    returns: ["acked", "acked", "acked", "acked", "gone"],
    after: { items: {}, delayed: {}, dead: {}, attempts: {} },
    again: { returns: ["gone", "gone", "gone", "gone", "gone"] },
  },
  {
    name: "the ack of a delivery leaves an item that was put again under its name",
    before: {
      items: { again: "2", before: "1", dead: "3", later: "4" },
      queue: ["before", "again"],
      dead: { dead: 5 },
      delayed: { later: 9e15 },
      attempts: { again: 1, dead: 7 },
      named: { again: 101, before: 99, dead: 101, later: 101 },
    },
    call: acking(["again", "before", "dead", "later"]),
    returns: ["refused", "acked", "refused", "refused"],
    after: {
      items: { again: "2", dead: "3", later: "4" },
      named: { again: 101, dead: 101, later: 101 },
    },
    again: { returns: ["refused", "gone", "refused", "refused"] },
  },
]);

Deno.test("acks of a thousand deliveries of many claims go in one call, also while Redis is full", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const deliveries = Array.from({ length: 1_000 }, (_, i) => {
    const lease = 1_700_000_000_000_000 + Math.floor(i / 3) * 1_000;
    return { uid: `uid ${i}`, lease, claimedAt: lease, claimSize: 3 };
  });
  await seed(redis, "q", {
    items: Object.fromEntries(deliveries.map(({ uid }) => [uid, "x"])),
    aging: Object.fromEntries(deliveries.map(({ uid, lease }) => [uid, lease])),
  });
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const outcomes = await ack(connection, queueKeys("q"), deliveries);
  assert.deepEqual(outcomes, deliveries.map(() => "acked"));
  assert.equal(await redis.command("HGET", queueKeys("q").stats, "acked"), "1000");
  await redis.command("DEL", queueKeys("q").stats);
  assert.deepEqual(await redis.keys(), []);
});
