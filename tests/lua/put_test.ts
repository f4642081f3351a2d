import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { put } from "../../src/lua/put.ts";
import { byteStringOf, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, inSeconds, NOW, testScript } from "../helpers/script_table.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const own = [
  { uid: "a", payload: "1", isOwn: true },
  { uid: "b", payload: "2", isOwn: true },
  { uid: "c", payload: "3", isOwn: true },
];

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
    name: "put under own uids that is sent again when its first items are done adds nothing",
    before: { items: { c: "3" }, queue: ["c"] },
    call: (connection, keys) => put(connection, keys, own),
    returns: { isNew: [false, false, false], replicas: 0 },
    after: {},
  },
  {
    name: "put under own uids that is sent again when its last item is done loses none",
    before: { items: { a: "1", b: "2", old: "0" }, queue: ["old", "b"], aging: { a: 5 } },
    call: (connection, keys) => put(connection, keys, own),
    returns: { isNew: [true, true, true], replicas: 0 },
    after: {
      items: { a: "1", b: "2", c: "3", old: "0" },
      queue: ["c", "b", "a", "old", "b"],
    },
    again: { returns: { isNew: [false, false, false], replicas: 0 } },
  },
  {
    name: "put under own uids queues items in order, behind those that wait",
    before: { items: { old: "0" }, queue: ["old"] },
    call: (connection, keys) => put(connection, keys, own),
    returns: { isNew: [true, true, true], replicas: 0 },
    after: { items: { old: "0", a: "1", b: "2", c: "3" }, queue: ["c", "b", "a", "old"] },
    again: { returns: { isNew: [false, false, false], replicas: 0 } },
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

Deno.test("put takes a thousand items at once", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 1_000 }, (_, i) => `uid ${i}`);
  const items = uids.map((uid) => ({ uid, payload: `payload of ${uid}` }));

  assert.ok((await put(connection, queueKeys("big"), items)).isNew.every((isNew) => isNew));

  assert.deepEqual(await readState(redis, "big"), {
    items: Object.fromEntries(uids.map((uid) => [uid, `payload of ${uid}`])),
    queue: uids.toReversed(),
    ackbuf: [],
    aging: {},
  });
});

Deno.test("put changes nothing where a full Redis refuses it", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await redis.command("CONFIG", "SET", "maxmemory", 1);

  const full = put(connection, queueKeys("full"), [{ uid: "a", payload: "1" }]);

  await assert.rejects(full, { name: "RedisReplyError", code: "OOM" });
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("put changes nothing where a key has another type", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  for (const key of ["items", "queue"]) {
    await redis.command("SET", `srq:${key}:${key}`, "of another program");

    const refused = put(connection, queueKeys(key), [{ uid: "a", payload: "1" }]);

    await assert.rejects(refused, { name: "RedisReplyError", code: "WRONGTYPE" });
    assert.deepEqual(await redis.command("KEYS", `srq:${key}:*`), [`srq:${key}:${key}`]);
  }
});
