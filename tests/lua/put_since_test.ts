import { putSince } from "../../src/lua/put_since.ts";
import { testScript } from "../helpers/script_table.ts";

/** When the item `a` was claimed. */
const claimed = (at: number) => ({ uid: "a", claim: { lease: at, at, size: 1 } });

testScript([
  {
    name: "an item under a uid that put made was not put since",
    before: { items: { a: "1" }, named: { b: 7 } },
    call: (connection, keys) => putSince(connection, keys, claimed(5)),
    returns: false,
    after: {},
  },
  {
    name: "an item that was put before it was claimed was not put since",
    before: { items: { a: "1" }, named: { a: 4 } },
    call: (connection, keys) => putSince(connection, keys, claimed(5)),
    returns: false,
    after: {},
  },
  {
    name: "an item that was put after it was claimed is another one",
    before: { items: { a: "1" }, named: { a: 6 } },
    call: (connection, keys) => putSince(connection, keys, claimed(5)),
    returns: true,
    after: {},
  },
]);
