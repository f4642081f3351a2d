import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { ack } from "../../src/lua/ack.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { claim, type ClaimRequest } from "../../src/lua/claim.ts";
import { deleteDead, deleteItems } from "../../src/lua/delete.ts";
import { fail } from "../../src/lua/fail.ts";
import { find } from "../../src/lua/find.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { findOrphans } from "../../src/lua/orphans.ts";
import { list } from "../../src/lua/list.ts";
import { peek } from "../../src/lua/peek.ts";
import { promoteItems } from "../../src/lua/promote_items.ts";
import { put } from "../../src/lua/put.ts";
import { release } from "../../src/lua/release.ts";
import { requeueDead } from "../../src/lua/requeue_dead.ts";
import { stats } from "../../src/lua/stats.ts";
import { sweep } from "../../src/lua/sweep.ts";
import { aClaim } from "../helpers/claims.ts";
import { readExtras, seedExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, inSeconds, NOW, testScript, type WholeState } from "../helpers/script_table.ts";

/** What `orderkeys` has of an item with the order key k: its place among the parked items, 0 for none. */
function at(place: number, key = "k"): string {
  return `${String(place).padStart(15, "0")}${key}`;
}

/** What `parked` has of an item with the order key k. */
function member(place: number, uid: string, key = "k"): string {
  return `${key.length}:${key}${String(place).padStart(15, "0")}${uid}`;
}

/** Three items with the order key k: a has its turn, and b and c are parked. */
const TURN_OF_A = {
  items: { a: "1", b: "2", c: "3" },
  orderkeys: { a: at(0), b: at(1), c: at(2) },
  heads: { k: "a" },
  parked: { [member(1, "b")]: 0, [member(2, "c")]: 0 },
} satisfies Partial<WholeState>;

/** What has become of them when a is gone. */
const TURN_OF_B = {
  items: { b: "2", c: "3" },
  queue: ["b"],
  orderkeys: { b: at(1), c: at(2) },
  heads: { k: "b" },
  parked: { [member(2, "c")]: 0 },
} satisfies Partial<WholeState>;

/** As {@linkcode TURN_OF_A}, and one more item of the key waits in the queue. */
const D_WAITS = {
  ...TURN_OF_A,
  items: { ...TURN_OF_A.items, d: "4" },
  queue: ["d"],
  aging: { a: 5 },
  orderkeys: { ...TURN_OF_A.orderkeys, d: at(0) },
};
/** What a claim makes of that. */
const D_PARKED = {
  queue: [],
  orderkeys: { ...TURN_OF_A.orderkeys, d: at(3) },
  parked: { ...TURN_OF_A.parked, [member(3, "d")]: 0 },
};

/** What a claim takes: uids, each with its order key. */
async function taken(
  connection: SupervisedConnection,
  keys: QueueKeys,
  wanted: Partial<ClaimRequest>,
) {
  const { items, emptied } = await claim(connection, keys, aClaim(wanted));
  return { taken: items.map(({ uid, orderKey }) => [uid, orderKey]), emptied };
}

testScript<unknown>([
  {
    name: "put notes the order keys of its items, and queues them as others",
    before: {},
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1", isOwn: true, orderKey: "k" },
        { uid: "b", payload: "2", isOwn: true },
        { uid: "c", payload: "3", isOwn: true, orderKey: "käse\0", due: { in: 60_000_000 } },
      ]).then(({ isNew }) => isNew),
    returns: [true, true, true],
    after: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["b", "a"],
      delayed: { c: inSeconds(60) },
      orderkeys: { a: at(0), c: at(0, "käse\0") },
    },
    again: { returns: [false, false, false] },
  },
  {
    name: "put under a uid that lives leaves its order key",
    before: { items: { a: "1" }, queue: ["a"], orderkeys: { a: at(0) } },
    call: (connection, keys) =>
      put(connection, keys, [{ uid: "a", payload: "2", orderKey: "other" }])
        .then(({ isNew }) => isNew),
    returns: [false],
    after: {},
  },
  {
    name: "put under the uid of an item that Python acked ends that item's turn",
    before: { ...TURN_OF_A, items: { b: "2", c: "3" } },
    call: (connection, keys) =>
      put(connection, keys, [{ uid: "a", payload: "4", orderKey: "k" }])
        .then(({ isNew }) => isNew),
    returns: [true],
    after: {
      ...TURN_OF_B,
      items: { a: "4", b: "2", c: "3" },
      queue: ["a", "b"],
      named: { a: NOW },
      orderkeys: { a: at(0), b: at(1), c: at(2) },
    },
    again: { returns: [false] },
  },
  {
    name: "put under the uid of a parked item that Python acked makes it another item",
    before: { ...TURN_OF_A, items: { a: "1", c: "3" } },
    call: (connection, keys) =>
      put(connection, keys, [{ uid: "b", payload: "4" }]).then(({ isNew }) => isNew),
    returns: [true],
    after: {
      items: { a: "1", b: "4", c: "3" },
      queue: ["b"],
      named: { b: NOW },
      orderkeys: { a: at(0), c: at(2) },
      parked: { [member(2, "c")]: 0 },
    },
    again: { returns: [false] },
  },
  {
    name:
      "claim takes the first item of each order key, parks the others in order, and takes the rest",
    before: {
      items: { a: "1", b: "2", c: "3", x: "4", y: "5" },
      queue: ["y", "c", "x", "b", "a"],
      orderkeys: { a: at(0), b: at(0), c: at(0), x: at(0, "other") },
    },
    call: (connection, keys) => taken(connection, keys, { max: 10 }),
    returns: { taken: [["a", "k"], ["x", "other"], ["y", undefined]], emptied: true },
    after: {
      queue: [],
      aging: { a: NOW, x: NOW, y: NOW },
      orderkeys: { a: at(0), b: at(1), c: at(2), x: at(0, "other") },
      heads: { k: "a", other: "x" },
      parked: TURN_OF_A.parked,
    },
    again: { returns: { taken: [], emptied: true } },
  },
  {
    name: "claim gives the turn to an item that was popped before those in the queue",
    before: {
      items: { a: "1", b: "2", c: "3" },
      ...{ queue: ["c", "b"], popped: ["a"] },
      orderkeys: { a: at(0), b: at(0), c: at(0) },
    },
    call: (connection, keys) => taken(connection, keys, { max: 10 }),
    returns: { taken: [["a", "k"]], emptied: true },
    after: { ...TURN_OF_A, queue: [], popped: [], aging: { a: NOW } },
    again: { returns: { taken: [], emptied: true } },
  },
  {
    name: "claim parks an item behind those that are parked",
    before: D_WAITS,
    call: (connection, keys) => taken(connection, keys, { max: 1 }),
    returns: { taken: [], emptied: true },
    after: D_PARKED,
  },
  {
    name: "claim drops the second uid of an item that is parked, or is met twice at once",
    before: { ...D_WAITS, queue: ["d", "d", "b"] },
    call: (connection, keys) => taken(connection, keys, { max: 10 }),
    returns: { taken: [], emptied: true },
    after: D_PARKED,
  },
  {
    name: "claim takes the item whose turn it is, wherever it waits",
    before: {
      ...TURN_OF_A,
      items: { ...TURN_OF_A.items, d: "4" },
      queue: ["a", "d"],
      attempts: { a: 1 },
      orderkeys: { ...TURN_OF_A.orderkeys, d: at(0) },
    },
    call: (connection, keys) => taken(connection, keys, { max: 10 }),
    returns: { taken: [["a", "k"]], emptied: true },
    after: {
      queue: [],
      aging: { a: NOW },
      orderkeys: { ...TURN_OF_A.orderkeys, d: at(3) },
      parked: { ...TURN_OF_A.parked, [member(3, "d")]: 0 },
    },
    again: { returns: { taken: [], emptied: true } },
  },
  {
    name: "claim takes no item with an order key for which no handler is free",
    before: {
      items: { x: "1", a: "2", y: "3" },
      queue: ["y", "a", "x"],
      orderkeys: { a: at(0) },
    },
    call: (connection, keys) => taken(connection, keys, { max: 10, free: 1 }),
    returns: { taken: [["x", undefined]], emptied: true },
    after: { queue: ["y", "a"], aging: { x: NOW }, heads: { k: "a" } },
    again: {
      returns: { taken: [["a", "k"], ["y", undefined]], emptied: true },
      after: { queue: [], aging: { x: NOW, a: NOW, y: NOW } },
    },
  },
  {
    name:
      "claim takes no item with an order key for which no handler is free, also if some have failed",
    before: {
      items: { x: "1", a: "2" },
      queue: ["a", "x"],
      attempts: { other: 1 },
      orderkeys: { a: at(0) },
    },
    call: (connection, keys) => taken(connection, keys, { max: 10, free: 0 }),
    returns: { taken: [["x", undefined]], emptied: true },
    after: { queue: ["a"], aging: { x: NOW }, heads: { k: "a" } },
    again: { returns: { taken: [], emptied: true } },
  },
  {
    name: "claim gives no turn to an item that is queued, but delayed or dead or gone",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "gone", "b", "a"],
      delayed: { a: 9e15 },
      dead: { b: 5 },
      orderkeys: { a: at(0), b: at(0), c: at(0), gone: at(0) },
    },
    call: (connection, keys) => taken(connection, keys, { max: 10 }),
    returns: { taken: [["c", "k"]], emptied: true },
    after: { queue: [], aging: { c: NOW }, heads: { k: "c" } },
    again: { returns: { taken: [], emptied: true } },
  },
  {
    name: "claim buries an item that has had its attempts, and gives the turn to the next",
    before: { ...TURN_OF_A, queue: ["a"], attempts: { a: 3 } },
    call: (connection, keys) => taken(connection, keys, { max: 10, maxAttempts: 3 }),
    returns: { taken: [], emptied: false },
    after: {
      ...TURN_OF_B,
      items: TURN_OF_A.items,
      orderkeys: TURN_OF_A.orderkeys,
      dead: { a: NOW },
    },
    again: {
      returns: { taken: [["b", "k"]], emptied: true },
      after: { queue: [], aging: { b: NOW } },
    },
  },
  {
    name: "claim buries an item that has had its attempts, and keeps its turn",
    before: { ...TURN_OF_A, queue: ["a"], attempts: { a: 3 } },
    call: (connection, keys) =>
      taken(connection, keys, { max: 10, maxAttempts: 3, onDead: "hold" }),
    returns: { taken: [], emptied: false },
    after: { queue: [], dead: { a: NOW }, held: { a: "k" } },
    again: { returns: { taken: [], emptied: true } },
  },
  {
    name: "claim that acks the item whose turn it is takes the next one",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: async (connection, keys) => {
      const done = [{ uid: "a", lease: 5, claimedAt: 5, claimSize: 1 }];
      const request = aClaim({ instance: "A", done, max: 10 });
      const { acked, items } = await claim(connection, keys, request);
      return [acked, items.map(({ uid, orderKey }) => [uid, orderKey])];
    },
    returns: [["acked"], [["b", "k"]]],
    after: { ...TURN_OF_B, queue: [], aging: { b: NOW } },
    // It is sent again: it gives the same item.
    again: { returns: [["gone"], [["b", "k"]]] },
  },
  {
    name: "ack of the item whose turn it is puts the next one at the front",
    before: {
      ...TURN_OF_A,
      items: { ...TURN_OF_A.items, x: "4" },
      queue: ["x"],
      aging: { a: 5 },
    },
    call: (connection, keys) =>
      ack(connection, keys, [{ uid: "a", lease: 5, claimedAt: 5, claimSize: 1 }]),
    returns: ["acked"],
    after: { ...TURN_OF_B, items: { b: "2", c: "3", x: "4" }, queue: ["x", "b"], aging: {} },
    again: { returns: ["gone"] },
  },
  {
    name: "ack gives the turn to the next item that has a payload",
    before: { ...TURN_OF_A, items: { a: "1", c: "3" }, aging: { a: 5 } },
    call: (connection, keys) => ack(connection, keys, [{ uid: "a" }]),
    returns: ["acked"],
    after: {
      ...{ items: { c: "3" }, queue: ["c"], aging: {} },
      ...{ orderkeys: { b: at(1), c: at(2) }, heads: { k: "c" }, parked: {} },
    },
    again: { returns: ["gone"] },
  },
  {
    name: "ack of the last item of an order key leaves nothing of it",
    before: { items: { a: "1" }, aging: { a: 5 }, orderkeys: { a: at(7) }, heads: { k: "a" } },
    call: (connection, keys) => ack(connection, keys, [{ uid: "a" }]),
    returns: ["acked"],
    after: { items: {}, aging: {}, orderkeys: {}, heads: {} },
    again: { returns: ["gone"] },
  },
  {
    name: "ack by uid deletes parked items, also together with the one before them",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: (connection, keys) => ack(connection, keys, [{ uid: "a" }, { uid: "b" }]),
    returns: ["acked", "acked"],
    after: {
      ...{ items: { c: "3" }, queue: ["c"], aging: {} },
      ...{ orderkeys: { c: at(2) }, heads: { k: "c" }, parked: {} },
    },
    again: { returns: ["gone", "gone"] },
  },
  {
    name: "ack of the same item twice ends one turn",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: (connection, keys) => ack(connection, keys, [{ uid: "a" }, { uid: "a" }]),
    returns: ["acked", "gone"],
    after: { ...TURN_OF_B, aging: {} },
    again: { returns: ["gone", "gone"] },
  },
  {
    name: "claim that buries an item that is queued twice ends one turn",
    before: { ...TURN_OF_A, queue: ["a", "a"], attempts: { a: 3 } },
    call: (connection, keys) => taken(connection, keys, { max: 10, maxAttempts: 3 }),
    returns: { taken: [], emptied: false },
    after: {
      ...TURN_OF_B,
      items: TURN_OF_A.items,
      orderkeys: TURN_OF_A.orderkeys,
      dead: { a: NOW },
    },
    again: {
      returns: { taken: [["b", "k"]], emptied: true },
      after: { queue: [], aging: { b: NOW } },
    },
  },
  {
    name: "late ack of an item that waits is accepted while it has its turn",
    before: { ...TURN_OF_A, queue: ["a"] },
    call: (connection, keys) =>
      ack(connection, keys, [{ uid: "a", lease: 5, claimedAt: 5, claimSize: 1 }]),
    returns: ["acked"],
    after: { ...TURN_OF_B, queue: ["a", "b"] },
    again: { returns: ["gone"] },
  },
  {
    name: "late ack of a dead letter is refused while another item has the turn",
    before: {
      ...TURN_OF_A,
      ...{ dead: { x: 5 }, aging: { a: 5 } },
      items: { ...TURN_OF_A.items, x: "4" },
      orderkeys: { ...TURN_OF_A.orderkeys, x: at(0) },
    },
    call: (connection, keys) =>
      ack(connection, keys, [{ uid: "x", lease: 4, claimedAt: 4, claimSize: 1 }]),
    returns: ["refused"],
    after: {},
  },
  {
    name: "fail keeps the turn of an item that is queued again or delayed",
    before: {
      ...TURN_OF_A,
      items: { ...TURN_OF_A.items, x: "4" },
      aging: { a: 5, x: 5 },
      orderkeys: { ...TURN_OF_A.orderkeys, x: at(0, "other") },
      heads: { k: "a", other: "x" },
    },
    call: (connection, keys) => fail(connection, keys, [{ uid: "a" }, { uid: "x", delay: 60 }]),
    returns: ["requeued", "requeued"],
    after: { queue: ["a"], aging: {}, attempts: { a: 1, x: 1 }, delayed: { x: inSeconds(60) } },
    again: { returns: ["unchanged", "unchanged"] },
  },
  {
    name: "fail for the last time gives the turn to the next item",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: (connection, keys) => fail(connection, keys, [{ uid: "a" }], { maxAttempts: 1 }),
    returns: ["dead"],
    after: {
      ...TURN_OF_B,
      ...{ items: TURN_OF_A.items, orderkeys: TURN_OF_A.orderkeys },
      ...{ aging: {}, attempts: { a: 1 }, dead: { a: NOW } },
    },
    again: { returns: ["unchanged"] },
  },
  {
    name: "fail for the last time keeps the turn if dead letters are to hold it",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: (connection, keys) =>
      fail(connection, keys, [{ uid: "a" }], { maxAttempts: 1, onDead: "hold" }),
    returns: ["dead"],
    after: { aging: {}, attempts: { a: 1 }, dead: { a: NOW }, held: { a: "k" } },
    again: { returns: ["unchanged"] },
  },
  {
    name: "release keeps the turn",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: (connection, keys) => release(connection, keys, [{ uid: "a" }]),
    returns: [true],
    after: { queue: ["a"], aging: {} },
    again: { returns: [false] },
  },
  {
    name:
      "autoclean keeps the turn of an item whose lease is over, and counts no parked item for lost",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: async (connection, keys) => {
      const { expired, surplus, marked, ghosts, held } = await autoclean(connection, keys, 60);
      return { expired, surplus, marked, ghosts, held };
    },
    returns: { expired: 1, surplus: 0, marked: true, ghosts: 0, held: 0 },
    after: {
      ...{ queue: ["a"], aging: {}, attempts: { a: 1 } },
      errors: { a: "its lease ran out: its consumer crashed, hung, or took too long" },
    },
    again: { returns: { expired: 0, surplus: 0, marked: true, ghosts: 0, held: 0 } },
  },
  {
    name: "requeue of a dead letter that keeps its turn lets it have that",
    before: { ...TURN_OF_A, dead: { a: 5 }, held: { a: "k" } },
    call: (connection, keys) => requeueDead(connection, keys, ["a"]),
    returns: 1,
    after: { queue: ["a"], dead: {}, held: {} },
    again: { returns: 0 },
  },
  {
    name: "delete of a dead letter that keeps its turn gives it to the next item",
    before: { ...TURN_OF_A, dead: { a: 5 }, held: { a: "k" } },
    call: (connection, keys) => deleteDead(connection, keys),
    returns: 1,
    after: { ...TURN_OF_B, dead: {}, held: {} },
    again: { returns: 0 },
  },
  {
    name: "delete of an item in flight, or of one that waits, gives its turn to the next item",
    before: { ...TURN_OF_A, aging: { a: 5 }, short: { a: 9e15 }, attempts: { a: 1 } },
    call: (connection, keys) => deleteItems(connection, keys, ["a"]),
    returns: 1,
    after: { ...TURN_OF_B, aging: {}, short: {}, attempts: {} },
    again: { returns: 0 },
  },
  {
    name: "delete of a parked item leaves the others in their order",
    before: { ...TURN_OF_A, aging: { a: 5 } },
    call: (connection, keys) => deleteItems(connection, keys, ["b"]),
    returns: 1,
    after: {
      items: { a: "1", c: "3" },
      orderkeys: { a: at(0), c: at(2) },
      parked: { [member(2, "c")]: 0 },
    },
    again: { returns: 0 },
  },
  {
    name: "delete of all items of an order key leaves nothing of it",
    before: { ...TURN_OF_A, queue: ["a"] },
    call: (connection, keys) => deleteItems(connection, keys, ["a", "b", "c"]),
    returns: 3,
    // Uids without payload, which the claim drops.
    after: { items: {}, queue: ["a", "b", "c"], orderkeys: {}, heads: {}, parked: {} },
    again: { returns: 0 },
  },
  {
    name: "promote of an item that has its turn lets it keep that",
    before: { ...TURN_OF_A, queue: ["w"], delayed: { a: 9e15 } },
    call: (connection, keys) => promoteItems(connection, keys, ["a", "b"]),
    returns: 1,
    after: { queue: ["a", "w"], delayed: {} },
    again: { returns: 0 },
  },
  {
    name: "find and list tell that parked items wait, before those that no claim has met",
    before: D_WAITS,
    call: async (connection, keys) => {
      const parked = await find(connection, keys, "b");
      const { entries } = await list(connection, keys, { state: "waiting", limit: 10 });
      return [parked?.state, parked?.orderKey, ...entries.map(({ uid }) => uid)];
    },
    returns: ["waiting", "k", "b", "c", "d"],
    after: {},
  },
  {
    name: "sweep ends the turn of an item that is gone, and deletes parked ones that are",
    before: {
      ...TURN_OF_A,
      items: { b: "2", y: "5" },
      orderkeys: { ...TURN_OF_A.orderkeys, x: at(0, "other"), y: at(1, "other") },
      heads: { k: "a", other: "x" },
      parked: { ...TURN_OF_A.parked, [member(1, "y", "other")]: 0 },
    },
    call: async (connection, keys) => {
      await sweep(connection, keys);
      const { queue } = keys;
      // In which order both come is left to chance.
      await connection.send({ name: "SORT", args: [queue, "ALPHA", "STORE", queue], action: "" });
    },
    returns: undefined,
    after: {
      queue: ["b", "y"],
      orderkeys: { b: at(1), y: at(1, "other") },
      heads: { k: "b", other: "y" },
      parked: {},
    },
  },
  {
    name:
      "sweep gives a turn that nobody has, or that a dead letter has by mistake, to the next item",
    before: {
      items: { a: "1", b: "2", d: "4" },
      dead: { d: 9e15 },
      orderkeys: { a: at(1), b: at(1, "other"), d: at(0, "other") },
      heads: { other: "d" },
      parked: { [member(1, "a")]: 0, [member(1, "b", "other")]: 0 },
    },
    call: async (connection, keys) => {
      await sweep(connection, keys);
      const { queue } = keys;
      await connection.send({ name: "SORT", args: [queue, "ALPHA", "STORE", queue], action: "" });
    },
    returns: undefined,
    after: { queue: ["a", "b"], heads: { k: "a", other: "b" }, parked: {} },
  },
  {
    name: "sweep deletes no dead letter above the limits that keeps its turn",
    before: {
      ...TURN_OF_A,
      items: { ...TURN_OF_A.items, x: "4", y: "5" },
      dead: { a: 5, x: 6, y: 9e15 },
      held: { a: "k" },
    },
    call: (connection, keys) => sweep(connection, keys, { maxCount: 1, maxAge: 60 }),
    returns: false,
    after: { items: { ...TURN_OF_A.items, y: "5" }, dead: { a: 5, y: 9e15 } },
  },
  {
    name: "search for orphans does not take parked items for lost",
    before: { ...TURN_OF_A, items: { ...TURN_OF_A.items, lost: "4" }, aging: { a: 5 } },
    call: async (connection, keys) => {
      const { next, requeued } = await findOrphans(connection, keys);
      assert.equal(next, undefined);
      return requeued;
    },
    returns: 1,
    after: { queue: ["lost"] },
    again: { returns: 0 },
  },
  {
    name: "peek passes over items that wait for another one of their order key",
    before: {
      ...TURN_OF_A,
      items: { ...TURN_OF_A.items, d: "4", x: "5" },
      queue: ["x", "d", "b"],
      aging: { a: 5 },
      orderkeys: { ...TURN_OF_A.orderkeys, d: at(0), x: at(0, "other") },
    },
    call: async (connection, keys) => (await peek(connection, keys, 10)).map(({ uid }) => uid),
    returns: ["x"],
    after: {},
  },
  {
    name: "list of dead letters tells their order keys",
    before: {
      items: { a: "1", b: "2" },
      dead: { a: 5, b: 6 },
      orderkeys: { a: at(3, "käse") },
    },
    call: async (connection, keys) =>
      (await list(connection, keys, { state: "dead", limit: 10 })).entries.map((
        { uid, orderKey },
      ) => [uid, orderKey]),
    returns: [["a", "käse"], ["b", undefined]],
    after: {},
  },
  {
    name:
      "stats counts parked items among those that wait, and names the order keys that are held up",
    before: { ...TURN_OF_A, dead: { a: 5 }, held: { a: "k" } },
    call: async (connection, keys) => {
      const { waiting, parked, held, heldKeys, next } = await stats(connection, keys);
      return { waiting, parked, held, heldKeys, next };
    },
    returns: { waiting: 2, parked: 2, held: 1, heldKeys: ["k"], next: "b" },
    after: {},
  },
]);

Deno.test("a claim looks at a bounded number of items whose turn has not come, and says that there is more", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 2_500 }, (_, i) => `uid ${i}`);
  const last = { uid: "last", payload: "its turn", isOwn: true, orderKey: "other" };
  const keys = queueKeys("hot");
  for (let i = 0; i < uids.length; i += 500) {
    const items = uids.slice(i, i + 500).map((uid) => ({ uid, payload: "1", isOwn: true }));
    await put(connection, keys, items.map((item) => ({ ...item, orderKey: "k" })));
  }
  await put(connection, keys, [last]);

  const results: unknown[] = [];
  for (let i = 0; i < 4; i++) results.push(await taken(connection, keys, { max: 1 }));
  const first = ["uid 0", "k"];
  assert.deepEqual(results, [
    { taken: [first], emptied: false },
    { taken: [], emptied: false },
    { taken: [], emptied: false },
    { taken: [["last", "other"]], emptied: false },
  ]);
  const { parked } = await readExtras(redis, "hot");
  assert.deepEqual(
    Object.keys(parked).map((text) => text.slice("1:k".length + 15)),
    uids.slice(1),
  );
});

Deno.test("order keys that begin alike, or look like what is stored, do not get in each other's way", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("alike");
  const odd = ["1", "10", "1:1", "1\0", "1\x00000000000000001a", "ä", "k".repeat(1_024), "2:1"];
  const items = odd.flatMap((orderKey, i) =>
    [0, 1, 2].map((number) => ({ uid: `${number} of ${i}`, payload: "1", isOwn: true, orderKey }))
  );
  await put(connection, keys, items);
  for (const number of [0, 1, 2]) {
    const { taken: pairs } = await taken(connection, keys, { max: 100 });
    assert.deepEqual(
      pairs.toSorted(),
      odd.map((orderKey, i) => [`${number} of ${i}`, orderKey]).toSorted(),
    );
    await ack(connection, keys, pairs.map(([uid]) => ({ uid: uid! })));
  }
  assert.deepEqual((await redis.keys()).sort(), []);
});

Deno.test("a full Redis refuses no turn", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "full", {
    items: { ...TURN_OF_A.items, d: "4" },
    queue: ["d"],
    aging: { a: 5 },
  });
  await seedExtras(redis, "full", {
    ...TURN_OF_A,
    orderkeys: { ...TURN_OF_A.orderkeys, d: at(0) },
  });
  await redis.command("CONFIG", "SET", "maxmemory", 1);
  const keys = queueKeys("full");
  const order: unknown[] = [];
  for (let uid: string | undefined = "a"; uid !== undefined;) {
    order.push(uid);
    assert.deepEqual((await taken(connection, keys, {})).taken, []);
    assert.deepEqual(await ack(connection, keys, [{ uid }]), ["acked"]);
    const { taken: next } = await taken(connection, keys, {});
    uid = next[0]?.[0];
  }
  assert.deepEqual(order, ["a", "b", "c", "d"]);
  assert.deepEqual((await readState(redis, "full")).items, {});
});
