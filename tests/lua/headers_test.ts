import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { ack } from "../../src/lua/ack.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { claim, type ClaimRequest } from "../../src/lua/claim.ts";
import { deleteDead } from "../../src/lua/delete.ts";
import { fail } from "../../src/lua/fail.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { find } from "../../src/lua/find.ts";
import { list } from "../../src/lua/list.ts";
import { restore } from "../../src/lua/restore.ts";
import { peek } from "../../src/lua/peek.ts";
import { put } from "../../src/lua/put.ts";
import { release } from "../../src/lua/release.ts";
import { requeueDead } from "../../src/lua/requeue_dead.ts";
import { sweep } from "../../src/lua/sweep.ts";
import { aClaim } from "../helpers/claims.ts";
import { readExtras, seedExtras } from "../helpers/extra_state.ts";
import { seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, inSeconds, NOW, testScript } from "../helpers/script_table.ts";

const ONE = '{"a":"1"}';
const TWO = '{"b":"2"}';
const FUTURE = 9e15;
const PLACE = "000000000000000";

async function claimWith(
  connection: SupervisedConnection,
  keys: QueueKeys,
  wanted: Partial<ClaimRequest> = {},
) {
  const { items, acked } = await claim(connection, keys, aClaim({ max: 10, ...wanted }));
  const found = items.map(({ uid, orderKey, headers }) => [uid, orderKey, headers]);
  return { found, acked };
}

testScript<unknown>([
  {
    name: "put stores headers beside the payload, of the items that have some",
    before: {},
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1", isOwn: true, headers: ONE },
        { uid: "b", payload: "2", isOwn: true },
        { uid: "c", payload: "3", headers: TWO, due: { in: 30e6 } },
        { uid: "d", payload: "4", headers: TWO, isOwn: true, orderKey: "k" },
      ]),
    returns: { isNew: [true, true, true, true], replicas: 0 },
    after: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      queue: ["d", "b", "a"],
      delayed: { c: inSeconds(30) },
      headers: { a: ONE, c: TWO, d: TWO },
      named: { c: NOW },
      orderkeys: { d: `${PLACE}k` },
    },
    again: { returns: { isNew: [false, false, false, false], replicas: 0 } },
  },
  {
    name: "put of a uid that lives leaves its headers",
    before: { items: { a: "1", b: "2" }, queue: ["b", "a"], headers: { a: ONE } },
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "x" },
        { uid: "b", payload: "x", headers: TWO },
      ]),
    returns: { isNew: [false, false], replicas: 0 },
    after: {},
  },
  {
    name:
      "put again under a chosen uid replaces, or deletes, the headers that are left of the item before",
    before: { headers: { a: ONE, b: ONE, c: ONE } },
    call: (connection, keys) =>
      put(connection, keys, [
        { uid: "a", payload: "1" },
        { uid: "b", payload: "2", headers: TWO },
        { uid: "d", payload: "4", isOwn: true },
      ]),
    returns: { isNew: [true, true, true], replicas: 0 },
    after: {
      items: { a: "1", b: "2", d: "4" },
      queue: ["d", "b", "a"],
      named: { a: NOW, b: NOW },
      headers: { b: TWO, c: ONE },
    },
    again: { returns: { isNew: [false, false, false], replicas: 0 } },
  },
  {
    name: "put again forgets headers and the order key of the item before, and no other order",
    before: {
      items: { n: "5" },
      headers: { a: ONE },
      orderkeys: { a: `${PLACE}k`, n: "000000000000001k" },
      heads: { k: "a" },
      parked: { "1:k000000000000001n": 0 },
    },
    call: (connection, keys) => put(connection, keys, [{ uid: "a", payload: "1" }]),
    returns: { isNew: [true], replicas: 0 },
    after: {
      items: { a: "1", n: "5" },
      queue: ["a", "n"],
      named: { a: NOW },
      headers: {},
      orderkeys: { n: "000000000000001k" },
      heads: { k: "n" },
      parked: {},
    },
    again: { returns: { isNew: [false], replicas: 0 } },
  },
  {
    name: "claim brings the headers of the items that have some",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b", "gone", "a"],
      headers: { a: ONE, c: TWO, gone: TWO },
    },
    call: claimWith,
    returns: {
      found: [["a", undefined, ONE], ["b", undefined, undefined], ["c", undefined, TWO]],
      acked: [],
    },
    after: { queue: [], aging: { a: NOW, b: NOW, c: NOW } },
    again: { returns: { found: [], acked: [] } },
  },
  {
    name: "claim of items without headers beside others that have some",
    before: {
      items: { a: "1", b: "2" },
      queue: ["a"],
      delayed: { b: FUTURE },
      headers: { b: ONE },
    },
    call: claimWith,
    returns: { found: [["a", undefined, undefined]], acked: [] },
    after: { queue: [], aging: { a: NOW } },
    again: { returns: { found: [], acked: [] } },
  },
  {
    name:
      "claim of items that were popped, failed, or were queued twice, with order keys and headers",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      queue: ["d", "c", "a", "b", "a"],
      popped: ["a"],
      attempts: { a: 1 },
      headers: { a: ONE, c: TWO, d: TWO },
      orderkeys: { b: `${PLACE}k`, c: `${PLACE}k` },
    },
    call: claimWith,
    returns: {
      found: [["a", undefined, ONE], ["b", "k", undefined], ["d", undefined, TWO]],
      acked: [],
    },
    after: {
      queue: [],
      popped: [],
      aging: { a: NOW, b: NOW, d: NOW },
      heads: { k: "b" },
      orderkeys: { b: `${PLACE}k`, c: "000000000000001k" },
      parked: { "1:k000000000000001c": 0 },
    },
    again: { returns: { found: [], acked: [] } },
  },
  {
    name: "a claim that is sent again brings the same headers",
    before: { items: { a: "1", b: "2" }, queue: ["b", "a"], headers: { b: ONE } },
    call: (connection, keys) => claimWith(connection, keys, { instance: "A", number: 1 }),
    returns: { found: [["a", undefined, undefined], ["b", undefined, ONE]], acked: [] },
    after: { queue: [], aging: { a: NOW, b: NOW } },
  },
  {
    name: "headers count as bytes of a claim",
    before: {
      items: { a: "1", b: "2", c: "3" },
      queue: ["c", "b", "a"],
      headers: { a: "x".repeat(50), b: "y".repeat(50) },
    },
    call: (connection, keys) => claimWith(connection, keys, { maxBytes: 60 }),
    returns: {
      found: [["a", undefined, "x".repeat(50)], ["b", undefined, "y".repeat(50)]],
      acked: [],
    },
    after: { queue: ["c"], aging: { a: NOW, b: NOW } },
    again: {
      returns: { found: [["c", undefined, undefined]], acked: [] },
      after: { queue: [], aging: { a: NOW, b: NOW, c: NOW } },
    },
  },
  {
    name: "a claim that acks deletes the headers of what is done",
    before: {
      items: { a: "1", b: "2" },
      queue: ["b"],
      aging: { a: 100 },
      headers: { a: ONE, b: TWO },
    },
    call: (connection, keys) =>
      claimWith(connection, keys, {
        done: [{ uid: "a", lease: 100, claimedAt: 100, claimSize: 1 }],
      }),
    returns: { found: [["b", undefined, TWO]], acked: ["acked"] },
    after: { items: { b: "2" }, queue: [], aging: { b: NOW }, headers: { b: TWO } },
    again: { returns: { found: [], acked: ["gone"] } },
  },
  ...[
    { of: "of all that a claim gave", delivery: { lease: 100, claimedAt: 100, claimSize: 2 } },
    { of: "of some that a claim gave", delivery: { lease: 100, claimedAt: 100, claimSize: 0 } },
    { of: "by uid", delivery: {} },
  ].map(({ of, delivery }) => ({
    name: `an ack ${of} deletes the headers, too, and no others`,
    before: {
      items: { a: "1", b: "2", c: "3" },
      aging: { a: 100, b: 100, c: 7 },
      headers: { a: ONE, c: TWO },
    },
    call: (connection: SupervisedConnection, keys: QueueKeys) =>
      ack(connection, keys, [{ uid: "a", ...delivery }, { uid: "b", ...delivery }]),
    returns: ["acked", "acked"],
    after: { items: { c: "3" }, aging: { c: 7 }, headers: { c: TWO } },
    again: { returns: ["gone", "gone"] },
  })),
  {
    name: "an ack deletes headers beside all else that is known of an item",
    before: {
      items: { a: "1", b: "2" },
      aging: { a: 100 },
      attempts: { a: 1 },
      named: { a: 5, b: 5 },
      headers: { a: ONE, b: TWO },
    },
    call: (connection, keys) =>
      ack(connection, keys, [{ uid: "a", lease: 100, claimedAt: 100, claimSize: 1 }]),
    returns: ["acked"],
    after: { items: { b: "2" }, aging: {}, attempts: {}, named: { b: 5 }, headers: { b: TWO } },
    again: { returns: ["gone"] },
  },
  {
    name: "a late ack leaves the headers of an item in other hands",
    before: { items: { a: "1" }, aging: { a: 200 }, headers: { a: ONE } },
    call: (connection, keys) =>
      ack(connection, keys, [{ uid: "a", lease: 100, claimedAt: 100, claimSize: 1 }]),
    returns: ["refused"],
    after: {},
  },
  {
    name: "headers stay with an item that fails, now or for later, dies, or is given back",
    before: {
      items: { a: "1", b: "2", c: "3", d: "4" },
      aging: { a: 1, b: 1, c: 1, d: 1 },
      headers: { a: ONE, b: ONE, c: ONE, d: TWO },
    },
    call: async (connection, keys) => [
      await fail(connection, keys, [
        { uid: "a" },
        { uid: "b", delay: 30 },
        { uid: "c", hopeless: true },
      ]),
      await release(connection, keys, [{ uid: "d" }]),
    ],
    returns: [["requeued", "requeued", "dead"], [true]],
    after: {
      queue: ["a", "d"],
      aging: {},
      delayed: { b: inSeconds(30) },
      dead: { c: NOW },
      attempts: { a: 1, b: 1, c: 1 },
    },
    again: { returns: [["unchanged", "unchanged", "unchanged"], [false]] },
  },
  {
    name: "a dead letter that is requeued keeps its headers",
    before: { items: { a: "1" }, dead: { a: 5 }, headers: { a: ONE } },
    call: (connection, keys) => requeueDead(connection, keys),
    returns: 1,
    after: { queue: ["a"], dead: {} },
    again: { returns: 0 },
  },
  {
    name: "a dead letter that is deleted takes its headers along",
    before: { items: { a: "1", b: "2" }, dead: { a: 5, b: 5 }, headers: { a: ONE, b: TWO } },
    call: (connection, keys) => deleteDead(connection, keys, ["a"]),
    returns: 1,
    after: { items: { b: "2" }, dead: { b: 5 }, headers: { b: TWO } },
    again: { returns: 0 },
  },
  {
    name: "a list has the headers of its items",
    before: { items: { a: "1", b: "2" }, dead: { a: 5, b: 6 }, headers: { b: ONE } },
    call: async (connection, keys) => {
      const { entries } = await list(connection, keys, { state: "dead", limit: 10 });
      return entries.map(({ uid, headers }) => [uid, headers]);
    },
    returns: [["a", undefined], ["b", ONE]],
    after: {},
  },
  {
    name: "an item that is found has its headers",
    before: { items: { a: "1", b: "2" }, queue: ["a", "b"], headers: { b: ONE } },
    call: async (connection, keys) => [
      (await find(connection, keys, "a"))?.headers,
      (await find(connection, keys, "b"))?.headers,
    ],
    returns: [undefined, ONE],
    after: {},
  },
  {
    name: "an import stores headers, and deletes what is left of an item before",
    before: { headers: { a: ONE, b: ONE, c: ONE } },
    call: (connection, keys) => {
      const entry = {
        ...{ state: "waiting", payload: new Uint8Array(), attempts: 0, error: "" } as const,
        ...{ time: undefined, namedAt: undefined, orderKey: undefined, turn: false },
      };
      return restore(connection, keys, [
        { ...entry, uid: "a" },
        { ...entry, uid: "b", headers: TWO },
      ]);
    },
    returns: [true, true],
    after: { items: { a: "", b: "" }, queue: ["b", "a"], headers: { b: TWO, c: ONE } },
    again: { returns: [false, false] },
  },
  {
    name: "peek sees headers",
    before: { items: { a: "1", b: "2" }, queue: ["b", "a"], headers: { b: ONE } },
    call: async (connection, keys) =>
      (await peek(connection, keys, 10)).map(({ uid, headers }) => [uid, headers]),
    returns: [["a", ""], ["b", ONE]],
    after: {},
  },
  {
    name: "autoclean says that there is something for the sweeper",
    before: { headers: { a: ONE } },
    call: async (connection, keys) => (await autoclean(connection, keys, 60)).marked,
    returns: true,
    after: {},
  },
  {
    name: "autoclean requeues an item with its headers",
    before: { items: { a: "1" }, aging: { a: 1 }, headers: { a: ONE } },
    call: async (connection, keys) => (await autoclean(connection, keys, 60)).expired > 0,
    returns: true,
    again: { returns: false },
    after: {
      queue: ["a"],
      aging: {},
      attempts: { a: 1 },
      errors: { a: "its lease ran out: its consumer crashed, hung, or took too long" },
    },
  },
  {
    name: "sweep deletes the headers that Python left behind",
    before: { items: { a: "1" }, queue: ["a"], headers: { a: ONE, b: TWO, c: TWO } },
    call: (connection, keys) => sweep(connection, keys),
    returns: false,
    after: { headers: { a: ONE } },
  },
  {
    name: "sweep deletes them beside turns of order keys",
    before: {
      items: { a: "1", n: "2" },
      queue: ["a"],
      headers: { a: ONE, b: TWO },
      orderkeys: { a: `${PLACE}k`, n: "000000000000001k" },
      heads: { k: "a" },
      parked: { "1:k000000000000001n": 0 },
    },
    call: (connection, keys) => sweep(connection, keys),
    returns: false,
    after: { headers: { a: ONE } },
  },
]);

Deno.test("headers count as bytes of a list, and of a peek", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const large = "x".repeat(1024 * 1024);
  const all = (value: string) =>
    Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`uid ${i}`, value]));
  await seed(redis, "q", { items: all("1"), queue: Object.keys(all("1")) });
  await seedExtras(redis, "q", { headers: all(large) });
  const keys = queueKeys("q");
  assert.equal((await peek(connection, keys, 9)).length, 4);
  for (const uid of Object.keys(all("1"))) await redis.command("ZADD", keys.dead, 1, uid);
  const { entries, next } = await list(connection, keys, { state: "dead", limit: 9 });
  assert.deepEqual([entries.length, next === undefined], [4, false]);
});

Deno.test("a pass of the sweeper over any number of headers, all in use, is one short look", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const uids = Array.from({ length: 2_000 }, (_, i) => `uid ${i}`);
  const all = (value: string) => Object.fromEntries(uids.map((uid) => [uid, value]));
  await seed(redis, "q", { items: all("payload") });
  await seedExtras(redis, "q", { headers: all(ONE) });
  await redis.command("CONFIG", "RESETSTAT");
  assert.equal(await sweep(connection, keys, undefined, true), false);
  const looks = /cmdstat_hexists:calls=(\d+)/.exec(
    String(await redis.command("INFO", "commandstats")),
  );
  assert.equal(Number(looks?.[1]), 20);
});

Deno.test("sweep finds headers that are left over soon, though most are in use", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const live = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`uid ${i}`, ONE]));
  const gone = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`gone ${i}`, ONE]));
  await seed(redis, "q", { items: live });
  await seedExtras(redis, "q", { headers: { ...live, ...gone } });
  let steps = 0;
  while (await sweep(connection, keys, undefined, steps === 0)) steps++;
  const { headers } = await readExtras(redis, "q");
  const left = Object.keys(headers).filter((uid) => uid in gone).length;
  assert.ok(left < 300 && steps < 20, `${left} are left after ${steps} steps`);
  assert.equal(Object.keys(headers).length - left, 600);
});
