import assert from "node:assert/strict";
import { QueueClosedError } from "../../mod.ts";
import { runProgram } from "../helpers/program.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("close rejects every waiting get with a QueueClosedError", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const gets = [queue.get(), queue.get(60), queue.get({ timeout: 0 }), queue.getMany(10)];
  const outcomes = Promise.allSettled(gets);
  await until("they wait", async () => await redis.blockedClients() === 1);
  await queue.close();
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, "rejected");
    assert.ok(outcome.reason instanceof QueueClosedError);
    assert.equal(outcome.reason.message, "Cannot get an item: the queue is closed");
  }
});

Deno.test("close lets the calls under way finish", async () => {
  await using redis = await startRedis();
  const queue = redis.queue({ autocleanInterval: null });
  const held = await queue.putMany(["ack me", "fail me"]);
  await queue.getMany(2);
  const calls = Promise.all([
    queue.putMany(Array(2_500).fill("item")),
    queue.ack(held[0]!),
    queue.fail(held[1]!),
    queue.size(),
  ]);
  await queue.close();
  const [uids, acked, failed] = await calls;
  assert.deepEqual([acked, failed], [true, true]);
  const { items, queue: waiting } = await readState(redis, "0");
  assert.deepEqual(Object.keys(items).sort(), [...uids, held[1]].sort());
  assert.equal(waiting.length, 2_501);
});

Deno.test("close ends both connections, before it resolves", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  const got = assert.rejects(queue.get(), QueueClosedError);
  await until("it waits", async () => await redis.blockedClients() === 1);
  assert.equal((await redis.clients()).length, 2);
  await queue.close();
  await got;
  await until("Redis sees them gone", async () => (await redis.clients()).length === 0);
});

Deno.test("close at once after the first call finishes that call", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  const putting = queue.put("item");
  await queue.close();
  const uid = await putting;
  assert.deepEqual((await readState(redis, "0")).queue, [uid]);
});

Deno.test("close of a queue that was never used opens no connection", async () => {
  await using redis = await startRedis();
  await redis.resetCalls();
  await redis.queue().close();
  await redis.queue()[Symbol.asyncDispose]();
  const { ping = 0, info = 0 } = await redis.calls();
  assert.deepEqual([ping, info], [0, 0]);
});

Deno.test("await using closes the queue", async () => {
  await using redis = await startRedis();
  let queue;
  {
    await using used = redis.queue();
    await used.put("item");
    queue = used;
  }
  await assert.rejects(queue.put("item"), QueueClosedError);
});

Deno.test("a queue that closes leaves others on the same Redis alone", async () => {
  await using redis = await startRedis();
  await using stays = redis.queue();
  const leaves = redis.queue();
  const got = stays.get();
  const ended = assert.rejects(leaves.get(), QueueClosedError);
  await until("both wait", async () => await redis.blockedClients() === 2);
  await leaves.close();
  await ended;
  const uid = await stays.put("item");
  assert.deepEqual(await got, [uid, "item"]);
});

Deno.test("a pure producer opens one connection", async () => {
  await using redis = await startRedis();
  await using producer = redis.queue({ autocleanInterval: null });
  for (let i = 0; i < 10; i++) await Promise.all([producer.put("1"), producer.putMany(["2"])]);
  assert.equal((await redis.clients()).length, 1);
});

Deno.test("a program that closes its queue while a get waits ends by itself", async () => {
  await using redis = await startRedis();
  assert.deepEqual(await runProgram("close_while_waiting", redis.url), {
    code: 0,
    stdout: "QueueClosedError\n",
    stderr: "",
  });
});

for (const autocleanInterval of ["null", "60", "0.05"]) {
  Deno.test(`a producer with an autocleanInterval of ${autocleanInterval} ends by itself, even without close`, async () => {
    await using redis = await startRedis();
    const outcome = await runProgram("never_closes", redis.url, autocleanInterval);
    assert.deepEqual(outcome, { code: 0, stdout: "stored\n", stderr: "" });
    assert.equal((await readState(redis, "0")).queue.length, 1);
  });
}
