import { put } from "../../src/lua/put.ts";
import { byteStringOf } from "../helpers/queue_state.ts";
import { inSeconds, NOW, testScript } from "../helpers/script_table.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

testScript([
  {
    name: "put into an empty queue",
    before: {},
    call: (connection, keys) => put(connection, keys, [{ uid: "a", payload: "Hello" }]),
    returns: { isNew: [true], replicas: 0 },
    after: { items: { a: "Hello" }, queue: ["a"], named: { a: NOW } },
    again: { returns: { isNew: [false], replicas: 0 } },
  },
  {
    name: "put queues items in order, behind those that wait",
    before: { items: { old: "0" }, queue: ["old"] },
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1" },
        { uid: "b", payload: "2" },
        { uid: "c", payload: "3" },
      ]),
    returns: { isNew: [true, true, true], replicas: 0 },
    after: {
      items: { old: "0", a: "1", b: "2", c: "3" },
      queue: ["c", "b", "a", "old"],
      named: { a: NOW, b: NOW, c: NOW },
    },
    again: { returns: { isNew: [false, false, false], replicas: 0 } },
  },
  {
    name: "put of a name that waits changes neither its place nor its payload",
    before: { items: { a: "first", b: "second" }, queue: ["b", "a"] },
    call: (connection, keys) => put(connection, keys, [{ uid: "a", payload: "other" }]),
    returns: { isNew: [false], replicas: 0 },
    after: {},
  },
  {
    name: "put of a uid in flight does not queue it again",
    before: { items: { a: "1" }, aging: { a: 5 } },
    call: (connection, keys) => put(connection, keys, [{ uid: "a", payload: "1" }]),
    returns: { isNew: [false], replicas: 0 },
    after: {},
  },
  {
    name: "put of known and new names adds the new ones",
    before: { items: { b: "2" }, queue: ["b"] },
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1" },
        { uid: "b", payload: "other" },
        { uid: "c", payload: "3" },
      ]),
    returns: { isNew: [true, false, true], replicas: 0 },
    after: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "a", "b"],
      named: { a: NOW, c: NOW },
    },
    again: { returns: { isNew: [false, false, false], replicas: 0 } },
  },
  {
    name: "put stores payloads of every byte value, empty ones, and text as UTF-8",
    before: {},
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "bytes", payload: everyByte },
        { uid: "no bytes", payload: new Uint8Array() },
        { uid: "no text", payload: "" },
        { uid: "text", payload: "é\r\n€" },
      ]),
    returns: { isNew: [true, true, true, true], replicas: 0 },
    after: {
      items: {
        "bytes": byteStringOf(everyByte),
        "no bytes": "",
        "no text": "",
        "text": "\xc3\xa9\r\n\xe2\x82\xac",
      },
      queue: ["text", "no text", "no bytes", "bytes"],
      named: { "bytes": NOW, "no bytes": NOW, "no text": NOW, "text": NOW },
    },
    again: { returns: { isNew: [false, false, false, false], replicas: 0 } },
  },
  {
    name: "put of the same uid twice in one call stores it once",
    before: {},
    call: (connection, keys) =>
      put(connection, keys, [{ uid: "a", payload: "1" }, { uid: "a", payload: "2" }]),
    returns: { isNew: [true, false], replicas: 0 },
    after: { items: { a: "1" }, queue: ["a"], named: { a: NOW } },
    again: { returns: { isNew: [false, false], replicas: 0 } },
  },
  {
    name: "put of an item for later stores it, and queues it only where it is due by now",
    before: { items: { old: "0" }, queue: ["old"] },
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1", due: { in: 30e6 } },
        { uid: "b", payload: "2", due: { at: 9e15 } },
        { uid: "c", payload: "3", due: { at: 5 } },
        { uid: "a", payload: "4", due: { in: 60e6 } },
      ]),
    returns: { isNew: [true, true, true, false], replicas: 0 },
    after: {
      items: { old: "0", a: "1", b: "2", c: "3" },
      queue: ["c", "old"],
      delayed: { a: inSeconds(30), b: 9e15 },
      named: { a: NOW, b: NOW, c: NOW },
    },
    again: { returns: { isNew: [false, false, false, false], replicas: 0 } },
  },
  {
    name: "put takes items for now and for later, named or not, in one call",
    before: {},
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1", isOwn: true },
        { uid: "b", payload: "2", due: { in: 30e6 }, isOwn: true },
        { uid: "c", payload: "3" },
      ]),
    returns: { isNew: [true, true, true], replicas: 0 },
    after: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "a"],
      delayed: { b: inSeconds(30) },
      named: { c: NOW },
    },
    again: { returns: { isNew: [false, false, false], replicas: 0 } },
  },
  {
    name: "put for later of a uid that lives changes nothing",
    before: { items: { a: "1", b: "2" }, queue: ["a"], dead: { b: 5 } },
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "x", due: { in: 30e6 } },
        { uid: "b", payload: "x", due: { in: 30e6 } },
      ]),
    returns: { isNew: [false, false], replicas: 0 },
    after: {},
  },
]);
