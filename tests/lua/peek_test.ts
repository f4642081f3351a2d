import { peek } from "../../src/lua/peek.ts";
import { bytesOf } from "../helpers/queue_state.ts";
import { testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "peek of an empty queue sees nothing",
    before: {},
    call: (connection, keys) => peek(connection, keys, 10),
    returns: [],
    after: {},
  },
  {
    name: "peek sees the next items in their order, without those that are gone",
    before: { items: { a: "1", b: "2", c: "3" }, queue: ["c", "b", "acked", "a"] },
    call: (connection, keys) => peek(connection, keys, 3),
    returns: [
      { uid: "a", payload: bytesOf("1"), headers: "" },
      { uid: "b", payload: bytesOf("2"), headers: "" },
      { uid: "c", payload: bytesOf("3"), headers: "" },
    ],
    after: {},
  },
  {
    name: "peek sees what was popped first, and passes over thousands that are gone",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b", ...Array.from({ length: 3_000 }, (_, i) => `gone ${i}`)],
      popped: ["gone", "a"],
    },
    call: (connection, keys) => peek(connection, keys, 2),
    returns: [{ uid: "a", payload: bytesOf("1"), headers: "" }, {
      uid: "b",
      payload: bytesOf("2"),
      headers: "",
    }],
    after: {},
  },
]);
