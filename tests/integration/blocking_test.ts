import assert from "node:assert/strict";
import { QueueClosedError, type SafeRedisQueue } from "../../mod.ts";
import { HeldReplies } from "../helpers/held_replies.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

/** Resolves when a connection waits in a blocking command. */
function blocked(redis: TestRedis): Promise<void> {
  return until("a get waits in Redis", async () => await redis.blockedClients() === 1);
}

function unblocked(redis: TestRedis): Promise<void> {
  return until("no get waits in Redis", async () => await redis.blockedClients() === 0);
}

Deno.test("get waits for an item however long it takes", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  await using producer = redis.queue();
  const got = consumer.get();
  await blocked(redis);
  const uid = await producer.put("at last");
  assert.deepEqual(await got, [uid, "at last"]);
  const { queue, ackbuf, aging } = await readState(redis, "0");
  assert.deepEqual([queue, ackbuf, Object.keys(aging)], [[], [], [uid]]);
});

Deno.test("get waits longer than one blocking command of Redis lasts", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ idleInterval: 1 });
  const got = queue.get();
  await until("the second one began", async () => ((await redis.calls())["blmove"] ?? 0) >= 2);
  await redis.command("HSET", "srq:0:items", "a", "1");
  await redis.command("LPUSH", "srq:0:queue", "a");
  assert.deepEqual(await got, ["a", "1"]);
});

for (const timeout of [0.05, 0.3, 1]) {
  Deno.test(`get waits ${timeout} s where nothing comes`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue();
    await queue.connect();
    const started = performance.now();
    assert.deepEqual(await queue.get(timeout), [null, null]);
    const waited = (performance.now() - started) / 1000;
    assert.ok(waited >= timeout - 0.005, `only ${waited} s`);
    assert.ok(waited < timeout + 2, `${waited} s`);
  });
}

Deno.test("get with a negative timeout does not wait, nor does it open a second connection", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  assert.deepEqual(await queue.get(-1), [null, null]);
  assert.deepEqual(await queue.get(-0.001), [null, null]);
  assert.deepEqual(await queue.getMany(5, -1), []);
  assert.equal((await redis.clients()).length, 1);
  assert.equal((await redis.calls())["blmove"], undefined);
});

Deno.test("get takes what is there without a blocking command", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.putMany(["1", "2"]);
  await queue.get();
  await queue.get(5);
  assert.equal((await redis.calls())["blmove"], undefined);
});

Deno.test("a hundred waiting gets share one blocking command, and are served in order", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const gets = Array.from({ length: 100 }, () => queue.get());
  await blocked(redis);
  // One for scripts, one for the pop, one for the doorbell, which may not be open yet.
  assert((await redis.clients()).length <= 3);

  const items = gets.map((_, i) => String(i));
  const uids = await queue.putMany(items);

  assert.deepEqual(await Promise.all(gets), uids.map((uid, i) => [uid, items[i]]));
  await unblocked(redis);
  // Only now: since 7.2 Redis counts a blocked command when it has ended.
  assert.equal((await redis.calls())["blmove"], 1);
});

Deno.test("each item goes to the get that waits longest, one by one", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  await using producer = redis.queue();
  const order: string[] = [];
  const gets = ["first", "second", "third"].map((name) =>
    consumer.get().then(([, item]) => order.push(`${name} got ${item}`))
  );
  for (const [i, get] of gets.entries()) {
    await blocked(redis);
    await producer.put(String(i));
    await get;
  }
  assert.deepEqual(order, ["first got 0", "second got 1", "third got 2"]);
});

Deno.test("getMany waits for the first item and takes what has come with it", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue();
  await using producer = redis.queue();
  const got = consumer.getMany(10);
  await blocked(redis);
  const uids = await producer.putMany(["1", "2", "3"]);
  assert.deepEqual(await got, [[uids[0], "1"], [uids[1], "2"], [uids[2], "3"]]);
  assert.deepEqual(await consumer.getMany(10, 0.05), []);
});

Deno.test("several consumers that wait get an item each", async () => {
  await using redis = await startRedis();
  await using one = redis.queue();
  await using other = redis.queue();
  const got = [one.get(), other.get()];
  await until("both wait", async () => await redis.blockedClients() === 2);
  await one.putMany(["1", "2"]);
  const items = (await Promise.all(got)).map(([, item]) => item);
  assert.deepEqual(items.sort(), ["1", "2"]);
});

Deno.test("a get that is aborted while it waits rejects at once, and the next item stays", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const controller = new AbortController();
  const got = queue.get({ signal: controller.signal });
  await blocked(redis);

  const reason = new Error("enough");
  controller.abort(reason);

  await assert.rejects(got, reason);
  await unblocked(redis);
  await queue.put("item");
  assert.deepEqual([await queue.size(), await queue.inFlight()], [1, 0]);
});

Deno.test("a get that is aborted leaves the others waiting", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const controller = new AbortController();
  const aborted = queue.get({ signal: controller.signal });
  const waiting = queue.get({ timeout: 60 });
  await blocked(redis);
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  await queue.put("item");
  assert.equal((await waiting)[1], "item");
});

Deno.test("a get that is aborted as it learns that the queue is empty rejects all the same", async () => {
  await using redis = await startRedis();
  const replies = new HeldReplies(redis, "EVALSHA");
  await using queue = redis.queue({ connect: replies.connect, autocleanInterval: null });
  await queue.get(-1); // the script is known from here on
  for (let hops = 0; hops < 30; hops++) {
    const claimed = replies.hold();
    const controller = new AbortController();
    const got = queue.get({ signal: controller.signal, timeout: 5 });
    const rejected = assert.rejects(got, { name: "AbortError" }, `after ${hops} hops`);
    await claimed;
    replies.release();
    for (let hop = 0; hop < hops; hop++) await null;
    controller.abort();
    await rejected;
  }
});

for (const end of ["aborted", "closed"]) {
  Deno.test(`a get that is ${end} while the blocking connection opens does not block it`, async () => {
    await using redis = await startRedis();
    const replies = new HeldReplies(redis, "CLIENT");
    await using queue = redis.queue({ connect: replies.connect });
    const controller = new AbortController();
    let asked: Promise<unknown> = replies.hold();
    const got = assert.rejects(queue.get({ signal: controller.signal }));
    // Whether Redis tells ids, whether it ends blocked commands, and then the id of the connection that is to block.
    for (let questions = 1; questions < 3; questions++) {
      await asked;
      replies.release();
      asked = replies.hold();
    }
    await asked;

    const started = performance.now();
    if (end === "aborted") controller.abort();
    const closed = end === "closed" ? queue.close() : undefined;
    await got;
    replies.release();
    await until("it was blocked", async () => (await redis.calls())["blmove"] === 1);
    await unblocked(redis);
    await closed;
    assert.ok(performance.now() - started < 1_500, "it was blocked to its own time limit");
  });
}

// What follows happens between the moment when Redis hands over an item and the moment when the queue learns of it.

/** Lets `end` happen while an item is on its way from a blocked pop to the get that waits for it. */
async function withItemUnderWay(
  redis: TestRedis,
  end: (queue: SafeRedisQueue, replies: HeldReplies) => Promise<void>,
  options: { timeout?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const replies = new HeldReplies(redis, "BLMOVE");
  await using queue = redis.queue({ connect: replies.connect, autocleanInterval: null });
  const got = queue.get(options).catch(() => {});
  await blocked(redis);
  const popped = replies.hold();
  await redis.command("HSET", "srq:0:items", "a", "1");
  await redis.command("LPUSH", "srq:0:queue", "a");
  assert.equal(await popped, "a");
  await end(queue, replies);
  await got;
}

/** Resolves when the item is back where it was. */
async function givenBack(redis: TestRedis): Promise<void> {
  await until("the item is given back", async () => (await readState(redis, "0")).queue[0] === "a");
  const { ackbuf, aging } = await readState(redis, "0");
  assert.deepEqual([ackbuf, aging], [[], {}]);
}

Deno.test("an item that arrives as its get is aborted goes back", async () => {
  await using redis = await startRedis();
  const controller = new AbortController();
  await withItemUnderWay(redis, async (_, replies) => {
    controller.abort();
    replies.release();
    await givenBack(redis);
  }, { signal: controller.signal });
});

Deno.test("an item that arrives as its get times out goes to the next get", async () => {
  await using redis = await startRedis();
  await withItemUnderWay(redis, async (queue, replies) => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.deepEqual(await queue.get(), ["a", "1"]);
    replies.release();
  }, { timeout: 0.5 });
});

Deno.test("an item that arrives as the queue is closed goes back before it is closed", async () => {
  await using redis = await startRedis();
  await withItemUnderWay(redis, async (queue, replies) => {
    const closed = queue.close();
    replies.release();
    await closed;
    assert.deepEqual((await readState(redis, "0")).queue, ["a"]);
    await givenBack(redis);
  });
});

Deno.test("an item that arrives after its get was aborted goes to the next get", async () => {
  await using redis = await startRedis();
  const controller = new AbortController();
  await withItemUnderWay(redis, async (queue, replies) => {
    controller.abort();
    await redis.resetCalls();
    const next = queue.get();
    // Its claim finds the queue empty, since the item is on its way.
    await until("it waits", async () => ((await redis.calls())["evalsha"] ?? 0) >= 1);
    replies.release();
    assert.deepEqual(await next, ["a", "1"]);
  }, { signal: controller.signal });
});

for (const end of ["is aborted", "times out", "sees its queue closed"] as const) {
  Deno.test(`an item that was claimed for a get that ${end} is not stranded`, async () => {
    await using redis = await startRedis();
    const replies = new HeldReplies(redis, "EVALSHA");
    await using queue = redis.queue({ connect: replies.connect, autocleanInterval: null });
    await queue.get(-1); // the script is known from here on
    const uids = await queue.putMany(["1", "2"]);

    const claimed = replies.hold();
    const controller = new AbortController();
    const timeout = end === "times out" ? 0.1 : 0;
    const got = queue.get({ signal: controller.signal, timeout });
    await claimed;
    assert.equal((await readState(redis, "0")).queue.length, 1);
    if (end === "is aborted") {
      controller.abort();
      await assert.rejects(got, { name: "AbortError" });
    } else if (end === "times out") {
      assert.deepEqual(await got, [null, null]);
    }
    const closed = queue.close();
    replies.release();
    // Where the queue is closed, the call was under way: it finishes, with the item.
    if (end === "sees its queue closed") assert.deepEqual(await got, [uids[0], "1"]);
    await closed;

    const { queue: waiting, aging } = await readState(redis, "0");
    const inFlight = Object.keys(aging);
    assert.deepEqual(
      [waiting, inFlight],
      end === "sees its queue closed" ? [[uids[1]], [uids[0]]] : [uids.toReversed(), []],
    );
  });
}

// And now as it comes, thousands of times.

/** Checks that each item was delivered to one get or still waits. */
async function assertNoneLost(
  redis: TestRedis,
  put: string[],
  delivered: string[],
): Promise<void> {
  await using queue = redis.queue({ autocleanInterval: null });
  await until(
    "nothing is under way",
    async () => (await readState(redis, "0")).ackbuf.length === 0,
  );
  const { aging } = await readState(redis, "0");
  assert.deepEqual(
    Object.keys(aging).sort(),
    delivered.toSorted(),
    "in flight are those delivered",
  );
  const rest = await queue.getMany(1_000, -1);
  for (;;) {
    const more = await queue.getMany(1_000, -1);
    if (more.length === 0) break;
    rest.push(...more);
  }
  const all = [...delivered, ...rest.map(([uid]) => uid)];
  assert.deepEqual(all.sort(), put.toSorted());
}

/** Lets a time pass that differs from one `i` to the next: from none to about as long as a put takes. */
async function someTime(i: number): Promise<void> {
  const end = performance.now() + i % 20 / 20;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
  for (let hop = 0; hop < i % 7; hop++) await null;
}

Deno.test("gets aborted as items arrive lose, strand and double none", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  const put: string[] = [];
  const delivered: string[] = [];
  let aborted = 0;
  for (let i = 0; i < 3_000; i++) {
    const controller = new AbortController();
    const got = consumer.get({ signal: controller.signal }).then(
      ([uid]) => delivered.push(uid!),
      () => aborted++,
    );
    const putting = producer.put("item");
    // Every third after the put: some must win the race, however slow the machine.
    if (i % 3 === 0) await putting;
    await someTime(i);
    controller.abort();
    await got;
    put.push(await putting);
  }
  assert.ok(delivered.length > 0 && aborted > 0, "all of them ended the same way");
  await assertNoneLost(redis, put, delivered);
});

Deno.test("gets that time out as items arrive lose, strand and double none", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  const put: string[] = [];
  const delivered: string[] = [];
  let none = 0;
  for (let i = 0; i < 2_000; i++) {
    const gets = [0.001, 0.002].map((timeout) =>
      consumer.get(timeout).then(([uid]) => uid === null ? none++ : delivered.push(uid))
    );
    await someTime(i);
    put.push(await producer.put("item"));
    await Promise.all(gets);
  }
  assert.ok(delivered.length > 0 && none > 0, "all of them ended the same way");
  await assertNoneLost(redis, put, delivered);
});

Deno.test("queues closed as items arrive lose, strand and double none", async () => {
  await using redis = await startRedis();
  await using producer = redis.queue({ autocleanInterval: null });
  const put: string[] = [];
  const delivered: string[] = [];
  let closed = 0;
  for (let i = 0; i < 1_000; i++) {
    const consumer = redis.queue({ autocleanInterval: null });
    await consumer.connect();
    const gets = [consumer.get(), consumer.get()].map((got) =>
      got.then(
        ([uid]) => delivered.push(uid!),
        (error) => {
          assert.ok(error instanceof QueueClosedError);
          closed++;
        },
      )
    );
    const putting = producer.put("item");
    if (i % 3 === 0) await putting;
    await someTime(i);
    await consumer.close();
    await Promise.all(gets);
    put.push(await putting);
  }
  assert.ok(delivered.length > 0 && closed > 0, "all of them ended the same way");
  await assertNoneLost(redis, put, delivered);
});
