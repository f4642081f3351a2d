import type { SupervisedConnection } from "../../src/connections.ts";
import type { QueueKeys } from "../../src/keys.ts";
import type { Held } from "../../src/lua/in_flight.ts";
import { touch } from "../../src/lua/touch.ts";
import { NOW, testScript } from "../helpers/script_table.ts";

/** Which of the items have a new lease, with leases of a minute. */
function touching(...items: Held[]) {
  return async (connection: SupervisedConnection, keys: QueueKeys): Promise<boolean[]> => {
    const leases = await touch(connection, keys, items, 60);
    return leases.map((lease) => lease !== undefined);
  };
}

testScript([
  {
    name: "touch begins leases anew, of items in flight alone",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      queue: ["c"],
      ackbuf: ["d"],
      aging: { a: 5, b: 6 },
    },
    call: touching({ uid: "a" }, { uid: "c" }, { uid: "d" }, { uid: "acked" }),
    returns: [true, false, false, false],
    after: { aging: { a: NOW, b: 6 } },
  },
  {
    name: "touch with the lease of an earlier holder changes nothing",
    before: { items: { a: "1", b: "2" }, aging: { a: 60e6 + 5, b: 4 } },
    call: touching({ uid: "a", lease: 5 }, { uid: "b", lease: 5 }),
    returns: [false, false],
    after: {},
  },
  {
    name: "touch whose first answer was lost finds the lease that it began then",
    before: { items: { a: "1" }, aging: { a: 60e6 + 4 } },
    call: touching({ uid: "a", lease: 5 }),
    returns: [true],
    after: { aging: { a: NOW } },
    again: { returns: [false] },
  },
]);
