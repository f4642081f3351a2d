import assert from "node:assert/strict";
import { announce } from "../../src/lua/announce.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { depart } from "../../src/lua/depart.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { listConsumers } from "../../src/lua/list_consumers.ts";
import type { Announcement } from "../../src/lua/parts/presence.ts";
import { stats } from "../../src/lua/stats.ts";
import { passTime } from "../helpers/pass_time.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { connect } from "../helpers/script_table.ts";

const ANN: Announcement = { id: "ann", lifetime: 60, age: 90, details: '{"pid":1}' };
const BOB: Announcement = { id: "bob", lifetime: 600, age: 0, details: '{"pid":2}' };
/** Microseconds. */
const SECOND = 1e6;

/** What Redis holds of consumers. */
interface State {
  consumers: Record<string, number>;
  notes: Record<string, string>;
}

/** Seconds since `calledAt` stand for each time, rounded: a test takes less than one. */
async function stateSince(redis: TestRedis, name: string, calledAt: number): Promise<State> {
  const keys = queueKeys(name);
  const since = (time: number | string) => Math.floor((Number(time) - calledAt) / SECOND);
  const scores = await redis.command("ZRANGE", keys.consumers, 0, -1, "WITHSCORES") as string[];
  const notes = await redis.command("HGETALL", keys.notes) as string[];
  const pairs = <V>(list: string[], valueOf: (text: string) => V) =>
    Object.fromEntries(
      list.flatMap((field, i) => i % 2 === 0 ? [[field, valueOf(list[i + 1]!)]] : []),
    );
  return {
    consumers: pairs(scores, since),
    notes: pairs(notes, (note) => note.replace(/\d{16}/g, (time) => String(since(time)))),
  };
}

type Connection = ReturnType<typeof connect>;

/** By which call an instance is announced. */
const WAYS: Record<
  string,
  (connection: Connection, name: string, announcement: Announcement) => Promise<
    { refusal?: string | undefined }
  >
> = {
  "a call of its own": (connection, name, announcement) =>
    announce(connection, queueKeys(name), announcement),
  "the cleaner's call": (connection, name, announcement) =>
    autoclean(connection, queueKeys(name), 60, [], announcement),
};

for (const [way, say] of Object.entries(WAYS)) {
  Deno.test(`${way} notes a consumer, and is safe to run twice`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    for (const name of ["unknown", "known", "forgotten"]) {
      if (name === "forgotten") await redis.command("SCRIPT", "FLUSH");
      const calledAt = await redis.now();
      for (let i = 0; i < 2; i++) {
        assert.equal((await say(connection, name, ANN)).refusal, undefined);
        assert.deepEqual(await stateSince(redis, name, calledAt), {
          consumers: { ann: 60 },
          notes: { ann: '-90 0 {"pid":1}' },
        });
      }
    }
  });

  Deno.test(`${way} keeps the time when the consumer began, and removes those that are gone`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    await say(connection, "q", ANN);
    await say(connection, "q", BOB);
    await passTime(redis, "q", 30);
    const calledAt = await redis.now();
    await say(connection, "q", { ...BOB, details: "{}", age: 77 });
    assert.deepEqual(await stateSince(redis, "q", calledAt), {
      consumers: { ann: 29, bob: 600 },
      notes: { ann: '-121 -31 {"pid":1}', bob: "-31 0 {}" },
    });
    await passTime(redis, "q", 30);
    await say(connection, "q", BOB);
    const { consumers, notes } = await stateSince(redis, "q", calledAt);
    assert.deepEqual([Object.keys(consumers), Object.keys(notes)], [["bob"], ["bob"]]);
  });

  Deno.test(`the keys of ${way} expire with the last consumer`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    await say(connection, "q", BOB);
    await say(connection, "q", ANN);
    for (const key of [queueKeys("q").consumers, queueKeys("q").notes]) {
      const seconds = Number(await redis.command("TTL", key));
      assert(seconds > 590 && seconds <= 600, `${seconds}`);
    }
  });

  for (const [place, other] of [["consumers", "notes"], ["notes", "consumers"]] as const) {
    Deno.test(`${way} tells of something else in place of ${place}, and does the rest`, async () => {
      await using redis = await startRedis();
      await using connection = connect(redis);
      const keys = queueKeys("q");
      await redis.command("SET", keys[place], "text");
      await redis.command("HSET", keys.items, "a", "1");
      await redis.command("ZADD", keys.aging, 5, "a");
      assert.equal((await say(connection, "q", ANN)).refusal, "WRONGTYPE");
      if (way === "the cleaner's call") {
        assert.deepEqual(await redis.command("LRANGE", keys.queue, 0, -1), ["a"]);
      }
      assert.equal(await redis.command("EXISTS", keys[other]), 0);
    });
  }

  Deno.test(`${way} is not refused by a full Redis`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    await redis.command("CONFIG", "SET", "maxmemory", 1);
    assert.equal((await say(connection, "q", ANN)).refusal, undefined);
    assert.deepEqual((await listConsumers(connection, queueKeys("q"))).map(({ id }) => id), [
      "ann",
    ]);
  });
}

Deno.test("a consumer departs, and no other, and nothing is left of the last", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  await announce(connection, keys, ANN);
  await announce(connection, keys, BOB);
  for (let i = 0; i < 2; i++) {
    await depart(connection, keys, "ann");
    assert.deepEqual((await listConsumers(connection, keys)).map(({ id }) => id), ["bob"]);
  }
  await depart(connection, keys, "bob");
  assert.deepEqual(await redis.command("KEYS", "*"), []);
});

Deno.test("the list, and the count, leave out who is gone, and hold who has no note", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  assert.deepEqual(await listConsumers(connection, keys), []);
  await announce(connection, keys, ANN);
  await passTime(redis, "q", 61);
  await redis.command("ZADD", keys.consumers, 9e15, "cat");
  assert.deepEqual(await listConsumers(connection, keys), [{ id: "cat", note: "" }]);
  assert.equal((await stats(connection, keys)).consumers, 1);
});

Deno.test("the list holds 5,000 consumers", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  const ids = Array.from({ length: 5_500 }, (_, i) => `id ${i}`);
  await redis.command("ZADD", keys.consumers, ...ids.flatMap((id) => [9e15, id]));
  assert.equal((await listConsumers(connection, keys)).length, 5_000);
  assert.equal((await stats(connection, keys)).consumers, 5_500);
});

Deno.test("something else in place of the consumers stops no count", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await redis.command("SET", queueKeys("q").consumers, "text");
  assert.equal((await stats(connection, queueKeys("q"))).consumers, 0);
});
