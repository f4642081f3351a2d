import { requeueDead } from "../../src/lua/requeue_dead.ts";
import { testSteps, THREE_DEAD } from "../helpers/dead_letters.ts";
import { NO_EXTRAS } from "../helpers/extra_state.ts";
import { testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "dead letters are requeued by their uids, with no attempt counted",
    before: { ...THREE_DEAD, queue: ["w"] },
    call: (connection, keys) => requeueDead(connection, keys, ["c", "a", "x", "a"]),
    returns: 2,
    after: {
      queue: ["a", "c", "w"],
      attempts: { b: 1 },
      errors: { b: "" },
      dead: { b: 5 },
    },
    again: { returns: 0 },
  },
  {
    name:
      "a dead letter that is in flight, too, since Redis refused a part of its failure, is requeued",
    before: { items: { a: "1", b: "2" }, aging: { a: 5, b: 5 }, dead: { a: 5 } },
    call: (connection, keys) => requeueDead(connection, keys, ["a", "b"]),
    returns: 1,
    after: { queue: ["a"], dead: {} },
    again: { returns: 0 },
  },
  {
    name: "all dead letters are requeued, the longest dead first",
    before: THREE_DEAD,
    call: (connection, keys) => requeueDead(connection, keys),
    returns: 3,
    after: { queue: ["a", "c", "b"], ...NO_EXTRAS },
    again: { returns: 0 },
  },
]);

testSteps("requeued", requeueDead, (uids, items) => ({ items, queue: uids.toReversed() }));
