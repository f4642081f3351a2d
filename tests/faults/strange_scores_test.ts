import assert from "node:assert/strict";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { seed } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

// What somebody else may have written into the keys of a queue.

const NEVER = ["+inf", "1e300", "9007199254740993", "12345678901234567890.5"];
const LONG_AGO = ["-inf", "-1e300", "-1", "0.5"];

/** Puts items, by their score, into one of the sorted sets. */
async function seedScores(redis: TestRedis, key: string, scores: string[]): Promise<void> {
  await seed(redis, "0", { items: Object.fromEntries(scores.map((score) => [score, "strange"])) });
  for (const score of scores) await redis.command("ZADD", `srq:0:${key}`, score, score);
}

/** How many scripts a consumer runs while it waits for an item that does not come, from when `disturb` is called. */
async function scriptsWhileWaiting(
  redis: TestRedis,
  disturb = () => Promise.resolve(),
): Promise<number> {
  const commands = new CountedCommands(redis);
  await using consumer = redis.queue({ connect: commands.connect, autocleanInterval: null });
  const got = consumer.get(1.5);
  await until("it waits and listens", async () => {
    const blocked = (await redis.clients()).filter(({ flags }) => flags?.includes("b"));
    return blocked.length === 2;
  });
  commands.forget();
  await disturb();
  assert.deepEqual(await got, [null, null]);
  return commands.sent.filter((name) => name.startsWith("EVAL")).length;
}

for (const score of NEVER) {
  Deno.test(`a delayed item that is due at ${score} lets consumers wait, and others pass`, async () => {
    await using redis = await startRedis();
    await seedScores(redis, "delayed", [score]);
    assert.equal(await scriptsWhileWaiting(redis), 0);

    await using queue = redis.queue();
    const got = queue.get(5);
    const uid = await queue.put("item", { delay: 0.2 });
    assert.deepEqual(await got, [uid, "item"]);
    assert.equal((await queue.stats()).delayed, 1);
  });
}

Deno.test("a delayed item that was due before all time is due", async () => {
  await using redis = await startRedis();
  await seedScores(redis, "delayed", LONG_AGO);
  await using queue = redis.queue();
  const items = await queue.getMany(10, -1);
  assert.deepEqual(items.map(([uid]) => uid).toSorted(), LONG_AGO.toSorted());
  assert.equal((await queue.stats()).delayed, 0);
  await queue.ackMany(LONG_AGO);
  assert.equal(await scriptsWhileWaiting(redis), 0);
});

/** What an entry at the doorbell says, and whether that is a time in the past. */
const entries: [name: string, fields: string[], isPast: boolean][] = [
  ["with other fields", ["greeting", "hello"], false],
  ["whose due is no number", ["due", "soon"], false],
  ["whose due never comes", ["due", "inf"], false],
  ["whose due is beyond all time", ["due", "1e400"], false],
  ["whose due is empty", ["due", ""], true],
  ["whose due was before all time", ["due", "-inf"], true],
  ["with many fields", ["a", "1", "due", "2", "b", "nan"], true],
];

for (const [name, fields, isPast] of entries) {
  Deno.test(`an entry at the doorbell ${name} harms nobody`, async () => {
    await using redis = await startRedis();
    const scripts = await scriptsWhileWaiting(redis, async () => {
      for (const id of ["1-1", "*", "*"]) {
        await redis.command("XADD", "srq:0:doorbell", id, ...fields);
      }
    });
    assert.ok(isPast ? scripts <= 6 : scripts === 0, `${scripts} scripts`);

    await using queue = redis.queue();
    const got = queue.get(5);
    await until("it waits", async () => await redis.blockedClients() === 1);
    const started = performance.now();
    const uid = await queue.put("item", { delay: 0.3 });
    assert.deepEqual(await got, [uid, "item"]);
    assert.ok(performance.now() - started < 2_000, "the doorbell was not heard");
  });
}

Deno.test("dead letters that died at no time are counted, listed page by page, requeued and deleted", async () => {
  await using redis = await startRedis();
  const scores = [...NEVER, ...LONG_AGO];
  await seedScores(redis, "dead", scores);
  await using queue = redis.queue();
  assert.equal((await queue.stats()).dead, scores.length);

  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.dead.list({ limit: 1, cursor });
    cursor = page.cursor;
    for (const { uid, diedAt } of page.items) {
      listed.push(uid);
      assert.ok(diedAt.toISOString());
    }
  } while (cursor !== undefined);
  assert.deepEqual(listed.toSorted(), scores.toSorted());

  assert.equal(await queue.dead.requeue("+inf"), 1);
  assert.equal(await queue.dead.delete(scores.slice(1)), scores.length - 1);
  assert.deepEqual(await queue.get(-1), ["+inf", "strange"]);
});

for (const scores of [NEVER, LONG_AGO]) {
  Deno.test(`a list of dead letters goes on behind one that is gone, of ${scores}`, async () => {
    await using redis = await startRedis();
    await seedScores(redis, "dead", scores);
    await using queue = redis.queue();
    const { items } = await queue.dead.list();
    for (const [i, { uid }] of items.slice(0, -1).entries()) {
      const { cursor } = await queue.dead.list({ limit: i + 1 });
      await queue.dead.delete(uid);
      const rest = await queue.dead.list({ cursor });
      assert.deepEqual(rest.items, items.slice(i + 1));
      await seedScores(redis, "dead", scores);
    }
  });
}

Deno.test("dead letters are kept for as long as their longest age says", async () => {
  await using redis = await startRedis();
  for (const [i, maxAge] of [1e9, 1e300, Number.MAX_VALUE].entries()) {
    await using queue = redis.queue({
      name: `${i}`,
      maxAttempts: 1,
      autocleanInterval: 0.1,
      deadLetters: { maxAge },
    });
    await queue.put("item");
    const [uid] = await queue.get();
    await queue.fail(uid!);
    await redis.resetCalls();
    await until("the sweeper came", async () => (await redis.calls())["zrandmember"]! > 2);
    assert.equal((await queue.stats()).dead, 1);
  }
});

Deno.test("strange leases neither stop the cleaner nor an ack, fail, touch or release", async () => {
  await using redis = await startRedis();
  await seedScores(redis, "ackbuf_aging", [...NEVER, ...LONG_AGO]);
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ connect: commands.connect, autocleanInterval: 1 });
  assert.equal(await queue.inFlight(), NEVER.length + LONG_AGO.length);
  await until("what ran out waits again", async () => await queue.size() === LONG_AGO.length);
  assert.equal(await queue.inFlight(), NEVER.length);

  commands.forget();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.ok(commands.sent.length < 60, `it sent ${commands.sent.length} commands`);

  const [touched, failed, released, acked] = NEVER as [string, string, string, string];
  assert.equal(await queue.touch(touched), true);
  assert.equal(await queue.fail(failed), true);
  assert.equal(await queue.release(released), true);
  assert.equal(await queue.ack(acked), true);
  assert.ok(await queue.inFlight() <= 1);
});
