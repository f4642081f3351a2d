import { promoteItems } from "../../src/lua/promote_items.ts";
import { testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "delayed items are queued as they are named, and no others",
    before: {
      items: { a: "1", b: "2", c: "3", w: "4", f: "5", d: "6" },
      queue: ["w"],
      aging: { f: 5 },
      dead: { d: 5 },
      delayed: { a: 9e15, b: 8e15, c: 7e15 },
      attempts: { a: 2 },
      errors: { a: "no" },
    },
    call: (connection, keys) =>
      promoteItems(connection, keys, ["a", "b", "a", "w", "f", "d", "none"]),
    returns: 2,
    after: { queue: ["b", "a", "w"], delayed: { c: 7e15 } },
    again: { returns: 0 },
  },
  {
    name: "what is delayed without payload is dropped",
    before: { delayed: { a: 9e15 } },
    call: (connection, keys) => promoteItems(connection, keys, ["a"]),
    returns: 0,
    after: { delayed: {} },
  },
]);
