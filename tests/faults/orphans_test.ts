import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { findOrphans } from "../../src/lua/orphans.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect } from "../helpers/script_table.ts";
import { Traffic } from "../helpers/traffic.ts";
import { until } from "../helpers/until.ts";

Deno.test("items with a payload that stand in no list are found and delivered, once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.3 });
  await seed(redis, "0", { items: { a: "apple", b: "banana" } });
  await queue.size(); // starts the cleaner
  const got = [await queue.get(10), await queue.get(10)];
  assert.deepEqual(got.sort(), [["a", "apple"], ["b", "banana"]]);
  assert.deepEqual(await queue.ackMany(["a", "b"]), [true, true]);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("a few of them are found among 20,000 that wait", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 0.1 });
  await queue.putMany(Array.from({ length: 20_000 }, (_, i) => `${i}`));
  await redis.command("HSET", "srq:0:items", "a", "apple", "b", "banana", "c", "cherry");
  const queued = () => redis.command("LLEN", "srq:0:queue") as Promise<number>;
  await until("they are queued", async () => await queued() >= 20_003);
  assert.equal(await queued(), 20_003);
  for (const uid of ["a", "b", "c"]) {
    assert.notEqual(await redis.command("LPOS", "srq:0:queue", uid), null);
  }
});

Deno.test("none is seen where everything is in order, under traffic", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await using producer = redis.queue();
  await using consumer = redis.queue();
  const traffic = new Traffic(producer, consumer);
  const keys = queueKeys("0");
  let steps = 0;
  while (traffic.done.size < 2_000) {
    const { surplus } = await autoclean(connection, keys, 3_600);
    assert.equal(surplus, 0);
    const { requeued } = await findOrphans(connection, keys);
    assert.equal(requeued, 0);
    steps++;
  }
  assert(steps > 100);
  await traffic.end();
  assert.deepEqual(new Set(traffic.done.values()), new Set([1]));
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});
