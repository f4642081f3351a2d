import { type ExportedEntry, restore } from "../../src/lua/restore.ts";
import { bytesOf } from "../helpers/queue_state.ts";
import { testScript } from "../helpers/script_table.ts";

function entry(uid: string, more: Partial<ExportedEntry> = {}): ExportedEntry {
  return {
    ...{ uid, state: "waiting", payload: bytesOf(`of ${uid}`), attempts: 0, error: "" },
    ...{ time: undefined, namedAt: undefined, orderKey: undefined, turn: false, ...more },
  };
}

/** An order key of an item that is not parked. */
const KEY = "000000000000000k";

testScript([
  {
    name: "items are stored in their states, those in flight wait, and those that are there stay",
    before: { items: { old: "1" }, queue: ["old"] },
    call: (connection, keys) =>
      restore(connection, keys, [
        entry("f", { state: "in flight", attempts: 2, error: "no" }),
        entry("w", { namedAt: 5 }),
        entry("old", { attempts: 7 }),
        entry("l", { state: "delayed", time: 9e15 }),
        entry("d", { state: "dead", time: 6, attempts: 3 }),
        entry("w", { attempts: 9 }),
      ]),
    returns: [true, true, false, true, true, false],
    after: {
      items: { old: "1", f: "of f", w: "of w", l: "of l", d: "of d" },
      queue: ["w", "f", "old"],
      delayed: { l: 9e15 },
      dead: { d: 6 },
      named: { w: 5 },
      attempts: { f: 2, d: 3 },
      errors: { f: "no" },
    },
    again: { returns: [false, false, false, false, false, false] },
  },
  {
    name: "an item takes the turn of its order key along, and a dead letter holds it",
    before: {},
    call: (connection, keys) =>
      restore(connection, keys, [
        entry("a", { state: "delayed", time: 9e15, orderKey: "k", turn: true }),
        entry("b", { orderKey: "k" }),
        entry("d", { state: "dead", time: 6, orderKey: "x", turn: true }),
      ]),
    returns: [true, true, true],
    after: {
      items: { a: "of a", b: "of b", d: "of d" },
      queue: ["b"],
      delayed: { a: 9e15 },
      dead: { d: 6 },
      orderkeys: { a: KEY, b: KEY, d: "000000000000000x" },
      heads: { k: "a", x: "d" },
      held: { d: "x" },
    },
    again: { returns: [false, false, false] },
  },
  {
    name: "an item whose order key is in other hands does not get the turn",
    before: { items: { a: "1" }, aging: { a: 5 }, orderkeys: { a: KEY }, heads: { k: "a" } },
    call: (connection, keys) =>
      restore(connection, keys, [
        entry("d", { state: "dead", time: 6, orderKey: "k", turn: true }),
      ]),
    returns: [true],
    after: {
      items: { a: "1", d: "of d" },
      dead: { d: 6 },
      orderkeys: { a: KEY, d: KEY },
    },
    again: { returns: [false] },
  },
  {
    name: "what is left of an earlier item under the uid is not taken for that of the new one",
    before: {
      ...{ delayed: { a: 5 }, dead: { a: 5 }, attempts: { a: 5 }, errors: { a: "no" } },
      ...{ named: { a: 5 }, orderkeys: { a: KEY }, held: { a: "k" } },
    },
    call: (connection, keys) => restore(connection, keys, [entry("a")]),
    returns: [true],
    after: {
      ...{ items: { a: "of a" }, queue: ["a"] },
      ...{ delayed: {}, dead: {}, attempts: {}, errors: {}, named: {}, orderkeys: {}, held: {} },
    },
    again: { returns: [false] },
  },
]);
