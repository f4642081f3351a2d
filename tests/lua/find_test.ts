import { find } from "../../src/lua/find.ts";
import type { StoredEntry } from "../../src/lua/parts/entries.ts";
import { bytesOf } from "../helpers/queue_state.ts";
import { testScript, type WholeState } from "../helpers/script_table.ts";

const BEFORE: Partial<WholeState> = {
  items: { w: "1", p: "2", f: "3", s: "4", u: "5", l: "6", d: "7", o: "\xff", both: "8" },
  queue: ["both", "none", "w"],
  popped: ["p"],
  aging: { f: 5, s: 5, both: 7 },
  short: { s: 25, f: 4 },
  ackbuf: ["u"],
  delayed: { l: 9 },
  dead: { d: 8 },
  named: { w: 3 },
  attempts: { l: 2, d: 3 },
  errors: { d: "no" },
};

const PLAIN = {
  attempts: 0,
  error: "",
  orderKey: undefined,
  head: undefined,
  namedAt: undefined,
  time: undefined,
};

const rows: [name: string, expected: StoredEntry | undefined][] = [
  ["waits", { ...PLAIN, uid: "w", state: "waiting", namedAt: 3, payload: bytesOf("1") }],
  ["was popped", { ...PLAIN, uid: "p", state: "waiting", payload: bytesOf("2") }],
  ["is in flight", {
    ...{ ...PLAIN, uid: "f", state: "in flight", time: 60e6 + 5, payload: bytesOf("3") },
  }],
  ["has a short lease", {
    ...{ ...PLAIN, uid: "s", state: "in flight", time: 25, payload: bytesOf("4") },
  }],
  ["a Python consumer has just popped", {
    ...{ ...PLAIN, uid: "u", state: "in flight", payload: bytesOf("5") },
  }],
  ["is delayed", {
    ...{ ...PLAIN, uid: "l", state: "delayed", time: 9, attempts: 2, payload: bytesOf("6") },
  }],
  ["is dead", {
    ...{ ...PLAIN, uid: "d", state: "dead", time: 8, attempts: 3, error: "no" },
    payload: bytesOf("7"),
  }],
  ["is in no list, which will wait again", {
    ...{ ...PLAIN, uid: "o", state: "waiting", payload: bytesOf("\xff") },
  }],
  ["is in flight and was queued again", {
    ...{ ...PLAIN, uid: "both", state: "in flight", time: 60e6 + 7, payload: bytesOf("8") },
  }],
  ["has no payload any more", undefined],
  ["nobody knows", undefined],
];

testScript(rows.map(([name, expected]) => ({
  name: `an item that ${name} is found`,
  before: BEFORE,
  call: (connection, keys) =>
    find(connection, keys, expected?.uid ?? (name.startsWith("has") ? "none" : "unknown")),
  returns: expected,
  after: {},
})));
