import type { SupervisedConnection } from "../../src/connections.ts";
import type { QueueKeys } from "../../src/keys.ts";
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
]);
