import assert from "node:assert/strict";
import { type QueueItem, RedisUnavailableError, type SafeRedisQueue } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { FakeIntervals } from "../helpers/fake_intervals.ts";
import { HeldReplies } from "../helpers/held_replies.ts";
import { startProgram } from "../helpers/program.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const keys = queueKeys("0");
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

async function inFlight(redis: TestRedis): Promise<number> {
  return Number(await redis.command("ZCARD", keys.aging));
}

/** A handler whose work on each item ends when the test says so. */
class Gate {
  readonly begun: string[] = [];
  #open = 0;
  #changed = Promise.withResolvers<void>();

  readonly handler = async ({ payload }: QueueItem<string>): Promise<void> => {
    const number = this.begun.push(payload);
    while (number > this.#open) await this.#changed.promise;
  };

  /** Lets so many items more end. */
  pass(count = 1): void {
    this.#open += count;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A worker that has finished `done` of the items, works on the next, and has as many as it may ahead. */
async function workingAhead(redis: TestRedis, gate: Gate, done: number): Promise<void> {
  gate.pass(done);
  await until(
    "it works ahead",
    async () => gate.begun.length === 1 + done && await inFlight(redis) === 1 + done,
  );
}

/** What waits, next first, as if it had never been taken. */
async function assertWaiting(redis: TestRedis, uids: string[]): Promise<void> {
  await until("they wait", async () => (await readState(redis, "0")).queue.length === uids.length);
  assert.deepEqual((await readState(redis, "0")).queue, uids.toReversed());
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
}

Deno.test("with prefetch the order is strict at concurrency 1, for far fewer calls than items", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const uids = await queue.putMany(numbers(1_000));
  const handled: string[] = [];
  await redis.resetCalls();
  const { acked, ended } = await queue.drain(async ({ uid }) => {
    handled.push(uid);
    if (handled.length % 3 === 0) await new Promise((resolve) => setTimeout(resolve));
  }, { prefetch: 200 });
  assert.deepEqual([handled, acked, ended], [uids, 1_000, "empty"]);
  const { evalsha = 0 } = await redis.calls();
  assert.ok(evalsha < 700, `${evalsha} calls`);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("as many items are taken ahead as were finished in the last second, none by slow handlers", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await queue.putMany(numbers(20));
  const gate = new Gate();
  const drained = queue.drain(gate.handler, { prefetch: 3 });
  for (const ahead of [0, 1, 2, 3, 3, 3]) {
    await until(`${ahead} are ahead`, async () => await inFlight(redis) === 1 + ahead);
    await queue.get({ timeout: -1 }).then(([uid]) => queue.release(uid!)); // all that was sent before is done
    assert.equal(await inFlight(redis), 1 + ahead);
    gate.pass();
  }
  gate.pass(20);
  assert.equal((await drained).acked, 20);
});

Deno.test("an item that has failed before is not taken ahead, and not overtaken", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const uids = await queue.putMany(numbers(12));
  const retried = [uids[6]!, uids[7]!, uids[10]!];
  for (const uid of retried) await redis.command("HSET", keys.attempts, uid, 1);
  const handled: string[] = [];
  await queue.drain(async ({ uid }) => {
    handled.push(uid);
    await queue.stats(); // what was sent before it is done
    const { aging } = await readState(redis, "0");
    for (const other of retried) {
      if (!handled.includes(other)) assert.ok(!(other in aging), `${other} was taken ahead`);
    }
  }, { prefetch: 100 });
  assert.deepEqual(handled, uids);
});

Deno.test("no more than maxItems are taken, and none is given back", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const uids = await queue.putMany(numbers(30));
  let taken = 0;
  const { acked, ended } = await queue.drain(async () => {
    await queue.stats();
    taken = Math.max(taken, 30 - Number(await redis.command("LLEN", keys.queue)));
  }, { prefetch: 100, maxItems: 7 });
  assert.deepEqual([acked, ended, taken], [7, "maxItems", 7]);
  await assertWaiting(redis, uids.slice(7));
});

for (const end of ["abort", "close", "pause"] as const) {
  Deno.test(`at ${end} what was taken ahead waits again at once, in order and without attempt`, async () => {
    await using redis = await startRedis();
    const queue = redis.queue({ autocleanInterval: null });
    await using other = redis.queue({ autocleanInterval: null });
    const uids = await queue.putMany(numbers(30));
    const gate = new Gate();
    const stop = new AbortController();
    const options = { prefetch: 100, signal: stop.signal, shutdownTimeout: 10 };
    const consumed = queue.consume(gate.handler, options);
    await workingAhead(redis, gate, 5);
    if (end === "abort") stop.abort();
    const closed = end === "close" ? queue.close() : undefined;
    if (end === "pause") {
      await other.pause();
      gate.pass(); // the next claim learns of it
    }
    const left = end === "pause" ? 7 : 6;
    await assertWaiting(redis, uids.slice(left));
    assert.deepEqual(Object.keys((await readState(redis, "0")).aging), [uids[left - 1]]);
    gate.pass();
    if (end === "pause") stop.abort();
    await consumed;
    await closed;
    await queue.close();
    assert.equal(await other.size(), 30 - left);
    assert.equal(await other.inFlight(), 0);
  });
}

Deno.test("what a claim under way brings after the abort ends up behind what was ahead already", async () => {
  await using redis = await startRedis();
  const replies = new HeldReplies(redis, "EVALSHA");
  await using queue = redis.queue({ connect: replies.connect, autocleanInterval: null });
  const uids = await queue.putMany(numbers(30));
  const gate = new Gate();
  const stop = new AbortController();
  const options = { prefetch: 100, signal: stop.signal, shutdownTimeout: 10 };
  const consumed = queue.consume(gate.handler, options);
  await workingAhead(redis, gate, 5);
  const claimed = replies.hold();
  gate.pass();
  await claimed;
  await until("more is in flight", async () => await inFlight(redis) === 7);
  stop.abort();
  await new Promise((resolve) => setTimeout(resolve, 50));
  replies.release();
  await assertWaiting(redis, uids.slice(7));
  gate.pass();
  await consumed;
});

Deno.test("large items are not taken ahead beyond some megabytes", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await queue.putMany(Array(40).fill("x".repeat(1024 * 1024)));
  let most = 0;
  const { acked } = await queue.drain(async () => {
    await queue.stats();
    most = Math.max(most, await inFlight(redis));
  }, { prefetch: 100 });
  assert.equal(acked, 40);
  assert.ok(4 <= most && most <= 9, `${most} MiB in flight`);
});

Deno.test("an item whose lease was lost while it waited for its handler is not handled", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ lease: 1 });
  const uids = await queue.putMany(numbers(8));
  const gate = new Gate();
  const drained = queue.drain(gate.handler, { prefetch: 100 });
  await workingAhead(redis, gate, 3);
  const { queue: rest } = await readState(redis, "0");
  assert.equal(rest.length, 1);
  // Another consumer has it, for a long time.
  await redis.command("ZADD", keys.aging, await redis.now() + 3_600e6, uids[5]!);
  await redis.command("ZREM", keys.short, uids[5]!);
  const before = (await redis.calls())["evalsha"]!;
  // Ten calls of the cleaner and three of the heartbeat a second.
  await until("it knows", async () => (await redis.calls())["evalsha"]! > before + 20);
  gate.pass(10);
  const { acked, lost } = await drained;
  assert.deepEqual([acked, lost], [7, 0]);
  assert.deepEqual(gate.begun, ["0", "1", "2", "3", "4", "6", "7"]);
  assert.deepEqual(Object.keys((await readState(redis, "0")).aging), [uids[5]]);
});

Deno.test("the leases of items taken ahead are extended", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ lease: 1 });
  await queue.putMany(numbers(8));
  const gate = new Gate();
  const attempts: number[] = [];
  const drained = queue.drain(async (item) => {
    attempts.push(item.attempt);
    await gate.handler(item);
  }, { prefetch: 100 });
  await workingAhead(redis, gate, 3);
  const claimedAt = await redis.now();
  await until("two leases have passed", async () => await redis.now() > claimedAt + 2.2e6);
  gate.pass(10);
  assert.equal((await drained).acked, 8);
  assert.deepEqual(gate.begun, numbers(8));
  assert.deepEqual(attempts, Array(8).fill(1));
});

Deno.test("a worker killed with items ahead: each of them comes again, as a further attempt", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ lease: 1 });
  const uids = await queue.putMany(numbers(30));
  await using worker = startProgram("works_ahead", redis.port, 5);
  for (let i = 0; i < 6; i++) assert.equal((await worker.lines.next()).value, uids[i]);
  await until("five are ahead", async () => await inFlight(redis) === 6);
  await worker.kill();

  const attempts = new Map<string, number>();
  await queue.consume(({ uid, attempt }) => {
    assert.ok(!attempts.has(uid));
    attempts.set(uid, attempt);
  }, { maxItems: 25, prefetch: 10 });
  assert.deepEqual(
    uids.slice(5).map((uid) => attempts.get(uid)),
    [...Array(6).fill(2), ...Array(19).fill(1)],
  );
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("a deadline gives back what was taken ahead", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const uids = await queue.putMany(numbers(2_000));
  const { acked, released, ended } = await queue.drain(
    () => new Promise((resolve) => setTimeout(resolve, 2)),
    { prefetch: 100, deadline: 0.3 },
  );
  assert.deepEqual([released, ended], [0, "deadline"]);
  assert.ok(acked > 0);
  await assertWaiting(redis, uids.slice(acked));
  assert.equal(await inFlight(redis), 0);
});

Deno.test("workers with and without prefetch, loops and gets of one queue do each item once", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  const uids = await queue.putMany(numbers(600));
  const handled: string[] = [];
  const note = ({ uid, attempt }: QueueItem<string>) => {
    assert.equal(attempt, 1);
    handled.push(uid);
    return new Promise((resolve) => setTimeout(resolve, 1));
  };
  const work = [
    queue.consume(note, { prefetch: 50 }),
    queue.consume(note, { concurrency: 5, prefetch: 20 }),
    queue.consume(note, { concurrency: 5 }),
    (async () => {
      for await (const item of queue) {
        await note(item);
        await item.ack();
      }
    })(),
    getsAndAcks(queue, handled),
  ];
  await until(
    "all are done",
    async () => Object.keys((await readState(redis, "0")).items).length === 0,
  );
  await queue.close();
  await Promise.all(work);
  assert.deepEqual(handled.toSorted(), uids.toSorted());
});

async function getsAndAcks(queue: SafeRedisQueue, handled: string[]): Promise<void> {
  try {
    for (;;) {
      const [uid] = await queue.get();
      handled.push(uid!);
      await queue.ack(uid!);
    }
  } catch (error) {
    assert.equal((error as Error).name, "QueueClosedError");
  }
}

/** How often a worker looks whether its handlers have become slow. A busy machine must not make them seem so. */
const LOOK_MS = 1_000;

Deno.test("a consumer with prefetch goes on through an outage, in order", async () => {
  using _ = new FakeIntervals(LOOK_MS);
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ port: proxy.port, commandTimeout: 0.3, onError });
  const uids = await queue.putMany(numbers(60));
  const gate = new Gate();
  const stop = new AbortController();
  const consumed = queue.consume(gate.handler, { prefetch: 100, signal: stop.signal });
  await workingAhead(redis, gate, 10);
  proxy.refuse(true);
  proxy.cutAll();
  gate.pass(10);
  await until("it goes on with what it has", () => gate.begun.length === 21);
  // Longer than a claim waits, while no handler is free.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  proxy.refuse(false);
  gate.pass(60);
  await until(
    "all are done",
    async () => Object.keys((await readState(redis, "0")).items).length === 0,
  );
  assert.deepEqual(gate.begun, numbers(60));
  stop.abort();
  await consumed;
  assert.equal(uids.length, 60);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("a drain with prefetch does what it has in an outage, and rejects when it needs more", async () => {
  using _ = new FakeIntervals(LOOK_MS);
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({
    ...{ port: proxy.port, commandTimeout: 0.3, autocleanInterval: null, onError },
  });
  const uids = await queue.putMany(numbers(30));
  const gate = new Gate();
  const drained = queue.drain(gate.handler, { prefetch: 100 }).then(() => "done", (error) => error);
  await workingAhead(redis, gate, 5);
  proxy.refuse(true);
  proxy.cutAll();
  gate.pass(6);
  await until("it has done what it had", () => gate.begun.length === 11);
  // It gives up the claim long before, and its acks never: it ends when Redis is back.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  proxy.refuse(false);
  assert.ok(await drained instanceof RedisUnavailableError);
  assert.deepEqual(gate.begun, numbers(11));
  await assertWaiting(redis, uids.slice(11));
  assert.equal(await inFlight(redis), 0);
});
