import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { findOrphans, type OrphanSearch } from "../../src/lua/orphans.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const ENDED = { next: undefined, requeued: 0 };

testScript([
  {
    name: "a search for orphans in an empty queue ends at once",
    before: {},
    call: (connection, keys) => findOrphans(connection, keys),
    returns: ENDED,
    after: {},
  },
  {
    name: "a search for orphans finds none where every item stands in a list",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["a", "acked"],
      ackbuf: ["b"],
      aging: { c: 5 },
    },
    call: (connection, keys) => findOrphans(connection, keys),
    returns: ENDED,
    after: {},
  },
  {
    name: "a search for orphans requeues an item that stands in no list",
    before: {
      items: { a: "1", b: "2", c: "3", lost: "4" },
      queue: ["a"],
      ackbuf: ["b"],
      aging: { c: 5 },
    },
    call: (connection, keys) => findOrphans(connection, keys),
    returns: { next: undefined, requeued: 1 },
    after: { queue: ["lost", "a"] },
    again: { returns: ENDED },
  },
  {
    name: "a search for orphans drops a suspect that was acked or taken meanwhile",
    before: { items: { a: "1" }, aging: { a: 5 } },
    call: (connection, keys) =>
      findOrphans(connection, keys, { offset: 5_000, suspects: ["a", "acked"] }),
    returns: ENDED,
    after: {},
  },
  {
    name: "a search for orphans passes over delayed items and dead letters",
    before: { items: { a: "1", b: "2", lost: "3" }, delayed: { a: 9e15 }, dead: { b: 5 } },
    call: (connection, keys) => findOrphans(connection, keys),
    returns: { next: undefined, requeued: 1 },
    after: { queue: ["lost"] },
    again: { returns: ENDED },
  },
]);

Deno.test("a search for orphans goes through a long queue step by step", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const waiting = Array.from({ length: 12_000 }, (_, i) => `uid ${i}`);
  // The sample of uids must hold the lost one by all means: it is the only one with a payload but the queue's last.
  const items = { "lost": "1", "uid 11999": "2" };
  await seed(redis, "long", { items, queue: waiting });

  let search: OrphanSearch | undefined;
  const steps = [];
  do {
    const step = await findOrphans(connection, queueKeys("long"), search);
    steps.push([step.next?.suspects.toSorted(), step.requeued]);
    search = step.next;
  } while (search !== undefined);

  assert.deepEqual(steps, [
    [["lost", "uid 11999"], 0],
    [["lost", "uid 11999"], 0],
    [undefined, 1],
  ]);
  assert.deepEqual((await readState(redis, "long")).queue, ["lost", ...waiting]);
});
