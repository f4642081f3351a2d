import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { put } from "../../src/lua/put.ts";
import { byteStringOf, EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const own = [
  { uid: "a", payload: "1", isOwn: true },
  { uid: "b", payload: "2", isOwn: true },
  { uid: "c", payload: "3", isOwn: true },
];

testScript([
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
    name: "put under own uids stores payloads of every byte value",
    before: {},
    call: (connection, keys) =>
      put(connection, keys, [{ uid: "bytes", payload: everyByte, isOwn: true }]),
    returns: { isNew: [true], replicas: 0 },
    after: { items: { bytes: byteStringOf(everyByte) }, queue: ["bytes"] },
    again: { returns: { isNew: [false], replicas: 0 } },
  },
]);

for (const isOwn of [true, false]) {
  const under = isOwn ? "own uids" : "chosen uids";

  Deno.test(`put under ${under} takes a thousand items at once`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const uids = Array.from({ length: 1_000 }, (_, i) => `uid ${i}`);
    const items = uids.map((uid) => ({ uid, payload: `payload of ${uid}`, isOwn }));

    const { isNew } = await put(connection, queueKeys("big"), items);

    assert.deepEqual(isNew, uids.map(() => true));
    assert.deepEqual(await readState(redis, "big"), {
      ...EMPTY,
      items: Object.fromEntries(uids.map((uid) => [uid, `payload of ${uid}`])),
      queue: uids.toReversed(),
    });
  });

  Deno.test(`put under ${under} changes nothing if a full Redis refuses it`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    await redis.command("CONFIG", "SET", "maxmemory", 1);

    const full = put(connection, queueKeys("full"), [{ uid: "a", payload: "1", isOwn }]);

    await assert.rejects(full, { name: "RedisReplyError", code: "OOM" });
    assert.deepEqual(await redis.keys(), []);
  });

  Deno.test(`put under ${under} changes nothing if a key has another type`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    for (const key of ["items", "queue"]) {
      await redis.command("SET", `srq:${key}:${key}`, "of another program");

      const refused = put(connection, queueKeys(key), [{ uid: "a", payload: "1", isOwn }]);

      await assert.rejects(refused, { name: "RedisReplyError", code: "WRONGTYPE" });
      assert.deepEqual(await redis.command("KEYS", `srq:${key}:*`), [`srq:${key}:${key}`]);
    }
  });
}
