import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import type { QueueKeys } from "../../src/lua/keys.ts";
import { stats } from "../../src/lua/stats.ts";
import { testScript } from "../helpers/script_table.ts";

async function waitingAndInFlight(connection: SupervisedConnection, keys: QueueKeys) {
  const { waiting, inFlight } = await stats(connection, keys);
  return { waiting, inFlight };
}

testScript([
  {
    name: "counts of an empty queue are zero",
    before: {},
    call: waitingAndInFlight,
    returns: { waiting: 0, inFlight: 0 },
    after: {},
  },
  {
    name: "counts tells what waits and what is in flight, stamped or not",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4", e: "5", f: "6" },
      queue: ["a", "b", "c"],
      ackbuf: ["d"],
      aging: { e: 5, f: 6 },
    },
    call: waitingAndInFlight,
    returns: { waiting: 3, inFlight: 3 },
    after: {},
  },
  {
    name: "counts are of items, not of uids that are left of items that are done",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      queue: ["a", "gone", "a", "gone too"],
      popped: ["b", "gone"],
      delayed: { c: 9e15 },
      dead: { d: 5 },
    },
    call: waitingAndInFlight,
    returns: { waiting: 2, inFlight: 0 },
    after: {},
  },
  {
    name: "counts are never below 0",
    before: { aging: { gone: 5 }, delayed: { gone: 5 }, dead: { gone: 5 } },
    call: waitingAndInFlight,
    returns: { waiting: 0, inFlight: 1 },
    after: {},
  },
]);

testScript([
  {
    name: "the next item is the first that has a payload",
    before: { items: { a: "1", b: "2" }, queue: ["a", "gone", "b", "gone"], popped: ["gone"] },
    call: async (connection, keys) => (await stats(connection, keys)).next,
    returns: "b",
    after: {},
  },
]);
