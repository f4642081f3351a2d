import assert from "node:assert/strict";
import { deleteDead } from "../../src/lua/delete_dead.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { type DeadLetterCursor, listDead, type StoredDeadLetter } from "../../src/lua/list_dead.ts";
import { THREE_DEAD } from "../helpers/dead_letters.ts";
import { seedExtras } from "../helpers/extra_state.ts";
import { bytesOf, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

testScript([
  {
    name: "dead letters are listed, the longest dead first, without those that are gone",
    before: { ...THREE_DEAD, dead: { ...THREE_DEAD.dead, gone: 1 } },
    call: (connection, keys) => listDead(connection, keys, 10),
    returns: {
      letters: [
        {
          uid: "b",
          payload: bytesOf("2"),
          attempts: 1,
          error: "",
          diedAt: 5,
          orderKey: undefined,
          headers: "",
        },
        {
          uid: "c",
          payload: bytesOf("3"),
          attempts: 0,
          error: "",
          diedAt: 6,
          orderKey: undefined,
          headers: "",
        },
        {
          uid: "a",
          payload: bytesOf("1"),
          attempts: 3,
          error: "no",
          diedAt: 7,
          orderKey: undefined,
          headers: "",
        },
      ],
      ended: true,
    },
    after: {},
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
