import { deleteDead, deleteItems } from "../../src/lua/delete.ts";
import { testSteps, THREE_DEAD } from "../helpers/dead_letters.ts";
import { NO_EXTRAS } from "../helpers/extra_state.ts";
import { testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "items are deleted whatever their state, with all that is known of them",
    before: {
      items: { w: "1", p: "2", f: "3", u: "4", l: "5", d: "6", other: "7" },
      queue: ["w", "other"],
      popped: ["p"],
      aging: { f: 5 },
      short: { f: 9e15 },
      ackbuf: ["u"],
      delayed: { l: 9e15 },
      dead: { d: 6 },
      named: { w: 5, other: 5 },
      attempts: { w: 1, d: 3, other: 1 },
      errors: { d: "no" },
    },
    call: (connection, keys) =>
      deleteItems(connection, keys, ["w", "p", "f", "u", "l", "d", "w", "none"]),
    returns: 6,
    after: {
      ...NO_EXTRAS,
      items: { other: "7" },
      // Uids without payload, which the claim drops.
      queue: ["w", "other"],
      popped: ["p"],
      ackbuf: [],
      aging: {},
      named: { other: 5 },
      attempts: { other: 1 },
    },
    again: { returns: 0 },
  },
  {
    name: "what is left of an item without payload is deleted, and not counted",
    before: { queue: ["a"], aging: { a: 5 }, dead: { b: 5 }, ackbuf: ["c"], attempts: { b: 1 } },
    call: (connection, keys) => deleteItems(connection, keys, ["a", "b", "c"]),
    returns: 0,
    after: { aging: {}, dead: {}, ackbuf: [], attempts: {} },
  },
  {
    name: "dead letters are deleted by their uids, and no item that lives",
    before: { ...THREE_DEAD, items: { ...THREE_DEAD.items, w: "4" }, queue: ["w"] },
    call: (connection, keys) => deleteDead(connection, keys, ["a", "w", "x"]),
    returns: 1,
    after: {
      items: { b: "2", c: "3", w: "4" },
      attempts: { b: 1 },
      errors: { b: "" },
      dead: { b: 5, c: 6 },
    },
    again: { returns: 0 },
  },
  {
    name: "all dead letters are deleted",
    before: { ...THREE_DEAD, items: { ...THREE_DEAD.items, w: "4" }, queue: ["w"] },
    call: (connection, keys) => deleteDead(connection, keys),
    returns: 3,
    after: { items: { w: "4" }, ...NO_EXTRAS },
    again: { returns: 0 },
  },
]);

testSteps("deleted", deleteDead, () => ({ items: { later: "payload" } }));
