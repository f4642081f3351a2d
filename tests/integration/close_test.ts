import assert from "node:assert/strict";
import { QueueClosedError, type SafeRedisQueue } from "../../mod.ts";
import { runProgram } from "../helpers/program.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
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

/** Closes in a handler: `handlers` at once do, each of which waits for it. */
async function closeInHandlers(
  handlers: number,
  shutdownTimeout: number,
  work: (queue: SafeRedisQueue, handler: () => Promise<void>) => Promise<unknown>,
): Promise<void> {
  await using redis = await startRedis();
  const queue = redis.queue({ autocleanInterval: null });
  await queue.putMany(Array.from({ length: handlers }, (_, i) => String(i)));
  const all = Promise.withResolvers<void>();
  let begun = 0;
  let closed = 0;
  const startedAt = performance.now();
  await work(queue, async () => {
    if (++begun === handlers) all.resolve();
    await all.promise;
    await queue.close();
    closed++;
  });
  assert.equal(closed, handlers);
  // The queue is closed when the handlers have ended; who waits for it outside of them waits for that.
  await queue.close();
  assert.ok(performance.now() - startedAt < Math.min(shutdownTimeout, 3) * 1000);
  assert.deepEqual(await redis.clients(), []);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
}

for (const shutdownTimeout of [3, Infinity]) {
  for (const concurrency of [1, 3]) {
    Deno.test(`close may be awaited in ${concurrency} handlers at once, with a shutdownTimeout of ${shutdownTimeout}`, async () => {
      const options = { concurrency, shutdownTimeout };
      await closeInHandlers(concurrency, shutdownTimeout, (queue, handler) => {
        return queue.consume(handler, options);
      });
      await closeInHandlers(concurrency, shutdownTimeout, (queue, handler) => {
        return queue.drain(handler, options);
      });
    });
  }
}

Deno.test("close may be awaited in handlers of several workers, and in what a handler runs in its turn", async () => {
  await closeInHandlers(2, Infinity, (queue, handler) => {
    const work = () => queue.consume(handler, { shutdownTimeout: Infinity });
    return Promise.all([work(), work()]);
  });
  await using other = await startRedis();
  await using inner = other.queue();
  await inner.put("item");
  await closeInHandlers(1, Infinity, (queue, handler) => {
    return queue.consume(() => inner.drain(handler), { shutdownTimeout: Infinity });
  });
});

Deno.test("close waits for the handlers if it is called elsewhere: outside, in onError, or of another queue", async () => {
  await using redis = await startRedis();
  await using other = await startRedis();
  const inHandler = other.queue();
  const told = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const ends: string[] = [];
  const queue = redis.queue({
    onError: async () => {
      told.resolve();
      await queue.close();
      ends.push("closed in onError");
    },
  });
  await queue.putMany(["fails", "takes long"]);
  const work = queue.consume(async ({ payload }) => {
    if (payload === "fails") {
      await inHandler.put("item");
      await inHandler.close();
      assert.deepEqual(await other.clients(), []);
      throw new Error("fails");
    }
    await end.promise;
    ends.push("handled");
  }, { concurrency: 2 });
  await told.promise;
  const closed = queue.close().then(() => ends.push("closed outside"));
  end.resolve();
  await Promise.all([work, closed]);
  assert.deepEqual(ends.toSorted(), ["closed in onError", "closed outside", "handled"]);
  assert.equal(ends[0], "handled");
});
