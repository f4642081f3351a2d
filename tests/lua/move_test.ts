import assert from "node:assert/strict";
import { keysOfBoth, queueKeys } from "../../src/lua/keys.ts";
import { move, type MoveCall, type Moved } from "../../src/lua/move.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, type WholeState } from "../helpers/script_table.ts";

const NOTHING: WholeState = { ...EMPTY, ...NO_EXTRAS };

interface Row {
  name: string;
  from: Partial<WholeState>;
  to?: Partial<WholeState>;
  call: Partial<MoveCall>;
  returns: Partial<Moved>;
  fromAfter: Partial<WholeState>;
  toAfter: Partial<WholeState>;
  /** What is counted when the call is sent again: nothing moves then. */
  again?: Partial<Moved>;
}

const at = (place: number) => `${String(place).padStart(15, "0")}k`;

/** a has the turn of k and has failed; b is parked; c was not met by a claim yet. */
const ORDERED: Partial<WholeState> = {
  items: { a: "1", b: "2", c: "3" },
  queue: ["a", "c"],
  orderkeys: { a: at(0), b: at(1), c: at(0) },
  heads: { k: "a" },
  parked: { "1:k000000000000001b": 0 },
};

const rows: Row[] = [
  {
    name: "items move in their states with all that is known of them, but for those in flight",
    from: {
      items: { w: "1", l: "2", d: "3", f: "4", u: "5", other: "6" },
      queue: ["other", "w"],
      aging: { f: 5 },
      ackbuf: ["u"],
      delayed: { l: 9e15 },
      dead: { d: 6 },
      named: { w: 5 },
      attempts: { w: 1, d: 3 },
      errors: { d: "no" },
      headers: { w: "{}", f: "{}" },
    },
    to: { items: { x: "7" }, queue: ["x"], headers: { d: "left", x: "{}" } },
    call: { uids: ["w", "l", "d", "f", "u", "w", "none"], isWhole: true },
    returns: { moved: 3 },
    fromAfter: {
      // The uid that waits without payload is dropped by the claim.
      ...{ items: { f: "4", u: "5", other: "6" }, delayed: {}, dead: {}, named: {} },
      ...{ attempts: {}, errors: {}, headers: { f: "{}" } },
    },
    toAfter: {
      items: { x: "7", w: "1", l: "2", d: "3" },
      headers: { x: "{}", w: "{}" },
      queue: ["w", "x"],
      delayed: { l: 9e15 },
      dead: { d: 6 },
      named: { w: 5 },
      attempts: { w: 1, d: 3 },
      errors: { d: "no" },
    },
  },
  {
    name: "items in other states by now stay, and no more move than the limit",
    from: { items: { w: "1", l: "2", v: "3" }, queue: ["v", "w"], delayed: { l: 9e15 } },
    call: { uids: ["l", "w", "v"], states: ["waiting"], limit: 1 },
    returns: { moved: 1 },
    fromAfter: { items: { l: "2", v: "3" } },
    toAfter: { items: { w: "1" }, queue: ["w"] },
    again: { moved: 1 },
  },
  {
    name: "an item whose uid the other queue has stays",
    from: { items: { a: "1" }, queue: ["a"] },
    to: { items: { a: "2" }, queue: ["a"] },
    call: { uids: ["a"] },
    returns: { taken: 1 },
    fromAfter: {},
    toAfter: {},
    again: { taken: 1 },
  },
  {
    name: "items with an order key move in their order, and take the turn along",
    from: ORDERED,
    call: { uids: ["b", "c", "a"], isWhole: true },
    returns: { moved: 3 },
    fromAfter: { items: {}, queue: ["a", "c", "b"], orderkeys: {}, heads: {}, parked: {} },
    toAfter: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b", "a"],
      orderkeys: { a: at(0), b: at(0), c: at(0) },
      heads: { k: "a" },
    },
  },
  {
    name: "an item with an order key stays until all that come before it have moved",
    from: ORDERED,
    call: { uids: ["c"], isWhole: true },
    returns: { moved: 1, overtaken: 1 },
    fromAfter: {
      ...{ items: { b: "2", c: "3" }, queue: ["a", "c", "b"], parked: {} },
      ...{ orderkeys: { b: at(1), c: at(0) }, heads: { k: "b" } },
    },
    toAfter: { items: { a: "1" }, queue: ["a"], orderkeys: { a: at(0) }, heads: { k: "a" } },
    again: { moved: 2 },
  },
  {
    name: "items whose order key is that of an item in flight stay",
    from: { ...ORDERED, queue: ["c"], aging: { a: 5 } },
    call: { uids: ["b", "c"], isWhole: true },
    returns: { overtaken: 2 },
    fromAfter: {},
    toAfter: {},
    again: { overtaken: 2 },
  },
  {
    name: "items that were chosen move without those that come before them",
    from: { ...ORDERED, queue: ["c"], aging: { a: 5 } },
    call: { uids: ["b"] },
    returns: { moved: 1 },
    fromAfter: {
      ...{ items: { a: "1", c: "3" }, orderkeys: { a: at(0), c: at(0) }, parked: {} },
    },
    toAfter: { items: { b: "2" }, queue: ["b"], orderkeys: { b: at(0) } },
  },
  {
    name: "a dead letter that holds up its order key does so in the other queue",
    from: { ...ORDERED, queue: [], dead: { a: 5 }, held: { a: "k" } },
    call: { uids: ["a"], isWhole: true },
    returns: { moved: 1 },
    fromAfter: {
      ...{ items: { b: "2", c: "3" }, queue: ["b"], dead: {}, held: {}, parked: {} },
      ...{ orderkeys: { b: at(1), c: at(0) }, heads: { k: "b" } },
    },
    toAfter: {
      ...{ items: { a: "1" }, dead: { a: 5 }, orderkeys: { a: at(0) } },
      ...{ heads: { k: "a" }, held: { a: "k" } },
    },
  },
];

for (const { name, call, returns, again = {}, ...row } of rows) {
  Deno.test(`move: ${name}`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const from = { ...NOTHING, ...row.from };
    const to = { ...NOTHING, ...row.to };
    await seed(redis, "from", from);
    await seedExtras(redis, "from", from);
    await seed(redis, "to", to);
    await seedExtras(redis, "to", to);
    const keys = keysOfBoth(queueKeys("from"), queueKeys("to"));
    const all: MoveCall = {
      ...{ uids: [], states: ["waiting", "delayed", "dead"], isWhole: false, limit: 1_000 },
      ...call,
    };
    const none: Moved = { moved: 0, taken: 0, overtaken: 0 };
    assert.deepEqual(await move(connection, keys, all), { ...none, ...returns });
    const stateOf = async (name: string) => ({
      ...await readState(redis, name),
      ...await readExtras(redis, name),
    });
    assert.deepEqual(await stateOf("from"), { ...from, ...row.fromAfter });
    assert.deepEqual(await stateOf("to"), { ...to, ...row.toAfter });
    assert.deepEqual(await move(connection, keys, all), { ...none, ...again });
  });
}
