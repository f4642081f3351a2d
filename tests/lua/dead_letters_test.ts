import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import {
  type DeadLetterCursor,
  deleteDead,
  listDead,
  requeueDead,
  type StoredDeadLetter,
} from "../../src/lua/dead_letters.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { bytesOf, EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const THREE = {
  items: { a: "1", b: "2", c: "3" },
  attempts: { a: 3, b: 1 },
  errors: { a: "no", b: "" },
  dead: { a: 7, b: 5, c: 6 },
};

testScript([
  {
    name: "dead letters are listed, the longest dead first, without those that are gone",
    before: { ...THREE, dead: { ...THREE.dead, gone: 1 } },
    call: (connection, keys) => listDead(connection, keys, 10),
    returns: {
      letters: [
        { uid: "b", payload: bytesOf("2"), attempts: 1, error: "", diedAt: 5 },
        { uid: "c", payload: bytesOf("3"), attempts: 0, error: "", diedAt: 6 },
        { uid: "a", payload: bytesOf("1"), attempts: 3, error: "no", diedAt: 7 },
      ],
      ended: true,
    },
    after: {},
  },
]);

testScript([
  {
    name: "dead letters are requeued by their uids, with no attempt counted",
    before: { ...THREE, queue: ["w"] },
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
    name: "all dead letters are requeued, the longest dead first",
    before: THREE,
    call: (connection, keys) => requeueDead(connection, keys, "all"),
    returns: 3,
    after: { queue: ["a", "c", "b"], ...NO_EXTRAS },
    again: { returns: 0 },
  },
  {
    name: "dead letters are deleted by their uids, and no item that lives",
    before: { ...THREE, items: { ...THREE.items, w: "4" }, queue: ["w"] },
    call: (connection, keys) => deleteDead(connection, keys, ["a", "w", "x"]),
    returns: 1,
    after: {
      items: { b: "2", c: "3", w: "4" },
      attempts: { b: 1 },
      errors: { b: "" },
      dead: { b: 5, c: 6 },
    },
    again: { returns: 0 },
  },
  {
    name: "all dead letters are deleted",
    before: { ...THREE, items: { ...THREE.items, w: "4" }, queue: ["w"] },
    call: (connection, keys) => deleteDead(connection, keys, "all"),
    returns: 3,
    after: { items: { w: "4" }, ...NO_EXTRAS },
    again: { returns: 0 },
  },
]);

Deno.test("a list of dead letters goes on where it ended, though some are gone by then", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const uids = Array.from({ length: 25 }, (_, i) => `uid ${String(i).padStart(2, "0")}`);
  // Many died at the same time.
  const dead = Object.fromEntries(uids.map((uid, i) => [uid, Math.floor(i / 8)]));
  await seed(redis, "q", { items: Object.fromEntries(uids.map((uid) => [uid, "payload"])) });
  await seedExtras(redis, "q", { dead });

  async function listAll(onPage: (page: StoredDeadLetter[]) => Promise<unknown>) {
    const listed: string[] = [];
    let after: DeadLetterCursor | undefined;
    for (;;) {
      const { letters, ended } = await listDead(connection, keys, 10, after);
      listed.push(...letters.map(({ uid }) => uid));
      if (ended) return listed;
      after = letters.at(-1);
      await onPage(letters);
    }
  }
  assert.deepEqual(await listAll(() => Promise.resolve()), uids);
  const listed = await listAll((page) => deleteDead(connection, keys, page.map(({ uid }) => uid)));
  assert.deepEqual([...new Set(listed)], uids);
});

Deno.test("thousands of dead letters are requeued or deleted in steps, and those that die meanwhile stay", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const uids = Array.from({ length: 2_300 }, (_, i) => `uid ${String(i).padStart(4, "0")}`);
  const items = Object.fromEntries([...uids, "later"].map((uid) => [uid, "payload"]));
  const extras = { dead: { ...Object.fromEntries(uids.map((uid, i) => [uid, i])), later: 9e15 } };
  for (const name of ["requeued", "deleted", "named"]) {
    await seed(redis, name, { items });
    await seedExtras(redis, name, extras);
  }
  await redis.resetCalls();
  assert.equal(await requeueDead(connection, queueKeys("requeued"), "all"), 2_300);
  assert.equal(await deleteDead(connection, queueKeys("deleted"), "all"), 2_300);
  assert.equal(await requeueDead(connection, queueKeys("named"), uids), 2_300);
  assert.ok((await redis.calls())["evalsha"]! >= 15);

  for (const name of ["requeued", "named"]) {
    const state = await readState(redis, name);
    assert.deepEqual(state, { ...EMPTY, items, queue: uids.toReversed() });
  }
  assert.deepEqual(await readState(redis, "deleted"), { ...EMPTY, items: { later: "payload" } });
  for (const name of ["requeued", "deleted", "named"]) {
    assert.deepEqual(await readExtras(redis, name), { ...NO_EXTRAS, dead: { later: 9e15 } });
  }
});

Deno.test("a list of large dead letters comes in several answers", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const large = "x".repeat(1024 * 1024);
  const uids = Array.from({ length: 9 }, (_, i) => `uid ${i}`);
  await seed(redis, "q", { items: Object.fromEntries(uids.map((uid) => [uid, large])) });
  await seedExtras(redis, "q", { dead: Object.fromEntries(uids.map((uid, i) => [uid, i])) });
  const { letters, ended } = await listDead(connection, queueKeys("q"), 100);
  assert.equal(ended, false);
  assert.equal(letters.length, 4);
  const rest = await listDead(connection, queueKeys("q"), 100, letters.at(-1));
  assert.deepEqual(rest.letters.map(({ uid }) => uid), uids.slice(4, 8));
});
