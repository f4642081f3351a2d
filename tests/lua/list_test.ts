import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { claim } from "../../src/lua/claim.ts";
import { deleteDead } from "../../src/lua/delete.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { list, type ListCall, type ListPosition } from "../../src/lua/list.ts";
import type { StoredEntry } from "../../src/lua/parts/entries.ts";
import { aClaim } from "../helpers/claims.ts";
import { THREE_DEAD } from "../helpers/dead_letters.ts";
import { seedExtras } from "../helpers/extra_state.ts";
import { bytesOf, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript, type WholeState } from "../helpers/script_table.ts";

const NONE: Pick<StoredEntry, "orderKey" | "head" | "namedAt"> = {
  orderKey: undefined,
  head: undefined,
  namedAt: undefined,
};

testScript([
  {
    name: "dead letters are listed, the longest dead first, without those that are gone",
    before: { ...THREE_DEAD, dead: { ...THREE_DEAD.dead, gone: 1 } },
    call: (connection, keys) => list(connection, keys, { state: "dead", limit: 10 }),
    returns: {
      entries: [
        ...[{ ...NONE, uid: "b", payload: bytesOf("2"), attempts: 1, error: "", time: 5 }],
        ...[{ ...NONE, uid: "c", payload: bytesOf("3"), attempts: 0, error: "", time: 6 }],
        ...[{ ...NONE, uid: "a", payload: bytesOf("1"), attempts: 3, error: "no", time: 7 }],
      ].map((entry) => ({ ...entry, state: "dead" as const })),
      next: undefined,
    },
    after: {},
  },
]);

const EACH: Partial<WholeState> = {
  items: {
    ...{ w1: "one", w2: "two", p1: "3", p2: "4", twice: "5", f1: "6", f2: "7", f3: "8" },
    ...{ u: "9", l1: "10", l2: "11", d: "12", orphan: "13" },
  },
  queue: ["twice", "f1", "l1", "d", "none", "w2", "twice", "w1"],
  popped: ["p2", "p1"],
  aging: { f1: 9, f2: 5, f3: 5 },
  ackbuf: ["u"],
  delayed: { l1: 9, l2: 5 },
  dead: { d: 6 },
};

async function uidsOf(connection: SupervisedConnection, keys: QueueKeys, call: Partial<ListCall>) {
  const { entries, next } = await list(connection, keys, {
    state: "waiting",
    limit: 100,
    ...call,
  });
  return { uids: entries.map(({ uid }) => uid), next };
}

const states: [ListCall["state"], uids: string[]][] = [
  ["waiting", ["p1", "p2", "w1", "twice", "w2"]],
  ["in flight", ["f2", "f3", "f1", "u"]],
  ["delayed", ["l2", "l1"]],
  ["dead", ["d"]],
];

testScript(states.flatMap(([state, expected]) => [
  {
    name: `what is ${state} is listed in order, each item once, and nothing else`,
    before: EACH,
    call: async (connection, keys) => (await uidsOf(connection, keys, { state })).uids,
    returns: expected,
    after: {},
  },
  {
    name: `what is ${state} is listed in the same order one by one`,
    before: EACH,
    call: async (connection, keys) => {
      const listed: string[] = [];
      let after: ListPosition | undefined;
      do {
        const { uids, next } = await uidsOf(connection, keys, { state, limit: 1, after });
        listed.push(...uids);
        after = next;
      } while (after !== undefined);
      // The first uid of two is as good as the second.
      return [...new Set(listed)];
    },
    returns: expected,
    after: {},
  },
]));

testScript([
  {
    name: "a search finds what is in the uid or in the payload, and takes no pattern",
    before: {
      items: { "a.c": "1", abc: "2", d: "xa.cx", e: "a\x00\xff" },
      queue: ["e", "d", "abc", "a.c"],
    },
    call: async (connection, keys) => (await uidsOf(connection, keys, { search: "a.c" })).uids,
    returns: ["a.c", "d"],
    after: {},
  },
  {
    name: "an empty search finds all",
    before: { items: { a: "", b: "2" }, queue: ["b", "a"] },
    call: async (connection, keys) => (await uidsOf(connection, keys, { search: "" })).uids,
    returns: ["a", "b"],
    after: {},
  },
]);

/** All uids, in pages of ten; `onPage` is called after each page but the last. */
async function listAll(
  connection: SupervisedConnection,
  keys: QueueKeys,
  state: ListCall["state"],
  onPage: (page: string[]) => Promise<unknown>,
): Promise<string[]> {
  const listed: string[] = [];
  let after: ListPosition | undefined;
  for (let pages = 0; pages < 100; pages++) {
    const { uids, next } = await uidsOf(connection, keys, { state, limit: 10, after });
    listed.push(...uids);
    if (next === undefined) return listed;
    after = next;
    await onPage(uids);
  }
  throw new Error("The list does not end");
}

const MANY = Array.from({ length: 45 }, (_, i) => `uid ${String(i).padStart(2, "0")}`);
const ITEMS = Object.fromEntries(MANY.map((uid) => [uid, "payload"]));

Deno.test("a list of dead letters goes on where it ended, though some are gone by then", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  // Many died at the same time.
  const dead = Object.fromEntries(MANY.map((uid, i) => [uid, Math.floor(i / 8)]));
  await seed(redis, "q", { items: ITEMS });
  await seedExtras(redis, "q", { dead });
  assert.deepEqual(await listAll(connection, keys, "dead", () => Promise.resolve()), MANY);
  const listed = await listAll(connection, keys, "dead", (page) => {
    return deleteDead(connection, keys, page);
  });
  assert.deepEqual([...new Set(listed)], MANY);
});

const changes: Record<string, (keys: QueueKeys) => (string | number)[][]> = {
  "that nobody changes": () => [],
  "from which others take": ({ queue }) => [["RPOP", queue, 3]],
  "from which others take all that was listed": ({ queue }) => [["RPOP", queue, 10]],
  "into which others put": ({ queue }) => [["LPUSH", queue, "new", "newer", "newest"]],
  "from which others take, and into which they put": ({ queue }) => [
    ["RPOP", queue, 2],
    ["LPUSH", queue, "new", "newer", "newest"],
  ],
  "to whose front others give back": ({ queue }) => [["RPUSH", queue, "back"]],
};

for (const [name, commandsOf] of Object.entries(changes)) {
  Deno.test(`a list of the items of a queue ${name} misses none, and ends`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const keys = queueKeys("q");
    const items = { ...ITEMS, ...Object.fromEntries(["new", "back"].map((uid) => [uid, "late"])) };
    await seed(redis, "q", { items, queue: MANY.toReversed() });
    const listed = await listAll(connection, keys, "waiting", async () => {
      for (const [command, ...args] of commandsOf(keys)) {
        await redis.command(String(command), ...args);
      }
    });
    assert.deepEqual(MANY.filter((uid) => !listed.includes(uid)), []);
  });
}

Deno.test("a list of items in flight ends, though each look at them finds younger leases", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  await seed(redis, "q", { items: ITEMS, queue: MANY.toReversed() });
  await claim(connection, keys, aClaim({ max: 100 }));
  let score = await redis.now();
  const listed = await listAll(connection, keys, "in flight", async (page) => {
    for (const uid of page) await redis.command("ZADD", keys.aging, ++score, uid);
  });
  assert.deepEqual([...new Set(listed)].toSorted(), MANY);
  const again = await listAll(connection, keys, "in flight", async () => {
    for (const uid of MANY) await redis.command("ZADD", keys.aging, ++score, uid);
  });
  assert.ok(again.length <= MANY.length, `${again.length} listed`);
});

Deno.test("one call looks at a thousand items, however many there are", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const uids = Array.from({ length: 2_500 }, (_, i) => `uid ${i}`);
  await seed(redis, "q", {
    items: Object.fromEntries(uids.map((uid) => [uid, uid === "uid 2400" ? "needle" : "hay"])),
    queue: uids.toReversed(),
  });
  const pages: string[][] = [];
  let after: ListPosition | undefined;
  do {
    const { uids, next } = await uidsOf(connection, keys, { search: "needle", after });
    pages.push(uids);
    after = next;
  } while (after !== undefined);
  assert.deepEqual(pages, [[], [], ["uid 2400"]]);
  assert.equal((await readState(redis, "q")).queue.length, 2_500);
});

Deno.test("a list of large items comes in several answers", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const large = "x".repeat(1024 * 1024);
  const uids = Array.from({ length: 9 }, (_, i) => `uid ${i}`);
  await seed(redis, "q", { items: Object.fromEntries(uids.map((uid) => [uid, large])) });
  await seedExtras(redis, "q", { dead: Object.fromEntries(uids.map((uid, i) => [uid, i])) });
  const first = await uidsOf(connection, keys, { state: "dead" });
  assert.deepEqual(first.uids, uids.slice(0, 4));
  const rest = await uidsOf(connection, keys, { state: "dead", after: first.next });
  assert.deepEqual(rest.uids, uids.slice(4, 8));
  // Also what is looked through and not found.
  const { uids: none, next } = await uidsOf(connection, keys, { state: "dead", search: "needle" });
  assert.deepEqual([none, next?.last], [[], "uid 3"]);
});
