import assert from "node:assert/strict";
import { QueueError, type QueueItem } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { PythonSide } from "../helpers/python_side.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

/** Handlers that end when they are told to. */
class Handlers {
  /** Payloads, in the order in which their handlers began. */
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  readonly handle = async ({ payload }: QueueItem<string>): Promise<void> => {
    this.begun.push(payload);
    await new Promise<void>((resolve) => this.#ends.set(payload, resolve));
  };

  async begins(payload: string): Promise<void> {
    await until(`${payload} begins`, () => this.#ends.has(payload));
  }

  end(payload: string): void {
    this.#ends.get(payload)!();
  }
}

Deno.test("items of an order key are handled one after the other, and others beside them", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await using other = redis.queue();
  await queue.putMany(["a1", "a2", "a3"], { orderKey: "a" });
  await queue.put("b1", { orderKey: "b" });
  await queue.put("none");
  const handlers = new Handlers();
  const stop = new AbortController();
  const options = { concurrency: 10, signal: stop.signal };
  const working = [queue, other].map((queue) => queue.consume(handlers.handle, options));

  for (const payload of ["a1", "b1", "none"]) await handlers.begins(payload);
  const { waiting, parked, inFlight } = await queue.stats();
  assert.deepEqual({ waiting, parked, inFlight }, { waiting: 2, parked: 2, inFlight: 3 });
  for (const payload of ["b1", "none", "a1"]) handlers.end(payload);
  await handlers.begins("a2");
  assert.deepEqual((await queue.stats()).parked, 1);
  handlers.end("a2");
  await handlers.begins("a3");
  handlers.end("a3");
  await until("all is done", async () => (await queue.stats()).inFlight === 0);
  assert.deepEqual(handlers.begun.filter((payload) => payload.startsWith("a")), ["a1", "a2", "a3"]);
  stop.abort();
  await Promise.all(working);
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("an item knows its order key, also when it is delivered again", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ onError: () => {} });
  await queue.put("1", { orderKey: "käse" });
  await queue.put("2");
  const seen: unknown[] = [];
  await queue.drain(({ payload, orderKey, attempt }) => {
    seen.push([payload, orderKey, attempt]);
    if (attempt === 1) throw new Error("once more");
  });
  assert.deepEqual(seen, [
    ...[["1", "käse", 1], ["2", undefined, 1]],
    ...[["1", "käse", 2], ["2", undefined, 2]],
  ]);
});

Deno.test("one handler drains a queue of items with one order key, in order", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const payloads = Array.from({ length: 300 }, (_, i) => String(i));
  await Promise.all(payloads.map((payload) => queue.put(payload, { orderKey: "one" })));
  for (const concurrency of [1, 20]) {
    const seen: string[] = [];
    const { acked } = await queue.drain(({ payload }) => seen.push(payload), {
      concurrency,
      maxItems: 150,
      prefetch: 10,
    });
    assert.equal(acked, 150);
    assert.deepEqual(seen, payloads.splice(0, 150));
  }
});

Deno.test("a failed item keeps its turn, whatever its delay", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ maxAttempts: 3, onError: () => {} });
  await queue.putMany(["1", "2"], { orderKey: "k" });
  const seen: string[] = [];
  const stop = new AbortController();
  await queue.consume(({ payload, attempt }) => {
    seen.push(`${payload}, attempt ${attempt}`);
    if (payload === "2") stop.abort();
    else if (attempt < 3) throw new Error("once more");
  }, { concurrency: 5, backoff: (attempt) => attempt === 1 ? 0.1 : 0, signal: stop.signal });
  assert.deepEqual(seen, ["1, attempt 1", "1, attempt 2", "1, attempt 3", "2, attempt 1"]);
});

Deno.test("get waits for an item whose turn comes", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const [first, second] = await queue.putMany(["1", "2"], { orderKey: "k" });
  assert.deepEqual(await queue.getMany(10), [[first, "1"]]);
  const next = queue.get(5);
  await until("it waits", async () => await redis.blockedClients() === 1);
  await queue.ack(first!);
  assert.deepEqual(await next, [second, "2"]);
});

Deno.test("a delayed item takes its place in the order when it is due", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("later", { orderKey: "k", delay: 0.2 });
  await queue.putMany(["1", "2"], { orderKey: "k" });
  const seen: string[] = [];
  const stop = new AbortController();
  await queue.consume(({ payload }) => {
    seen.push(payload);
    if (payload === "later") stop.abort();
  }, { signal: stop.signal });
  assert.deepEqual(seen, ["1", "2", "later"]);
});

Deno.test("a dead letter lets the next item go on, or holds it until it is requeued", async () => {
  for (const onDead of ["continue", "hold"] as const) {
    await using redis = await startRedis();
    const log = new ErrorLog();
    await using queue = redis.queue({
      ...{ maxAttempts: 1, onDead, lease: 0.5, onError: log.onError },
      deadLetters: { maxCount: 0, maxAge: 0 },
    });
    await queue.putMany(["1", "2"], { orderKey: "my key" });
    const seen: string[] = [];
    let isWell = false;
    const work = () =>
      queue.drain(({ payload }) => {
        seen.push(payload);
        if (payload === "1" && !isWell) throw new Error("not now");
      });
    await work();
    if (onDead === "continue") {
      assert.deepEqual(seen, ["1", "2"]);
      await until("the limit deletes it", async () => (await queue.stats()).dead === 0);
      continue;
    }
    const told = () => log.errors.filter((error) => !/handler/.test(String(error)));
    await until("it is told", () => told().length > 0);
    const [error] = told();
    assert(error instanceof QueueError);
    assert.equal(
      error.message,
      'Dead letters hold up the items with the order keys "my key" (1 in all): requeue or delete these dead letters',
    );
    const { dead, waiting, parked, held, heldKeys } = await queue.stats();
    assert.deepEqual(
      { dead, waiting, parked, held, heldKeys },
      { dead: 1, waiting: 1, parked: 1, held: 1, heldKeys: ["my key"] },
    );
    isWell = true;
    await queue.dead.requeueAll();
    await work();
    assert.deepEqual(seen, ["1", "1", "2"]);
    assert.equal(told().length, 1);
    assert.deepEqual(await redis.keys(), []);
  }
});

Deno.test("a consumer that meets only items of a key in other hands parks them, and then is idle", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await using idle = redis.queue({ autocleanInterval: null });
  const payloads = Array.from({ length: 5_000 }, (_, i) => String(i));
  await queue.putMany(payloads, { orderKey: "k" });
  const [first] = await queue.get();
  await redis.resetCalls();
  const next = idle.get();
  await until("all are parked", async () => (await queue.stats()).parked === 4_999);
  await until("it waits", async () => await redis.blockedClients() === 1);
  const { evalsha = 0, eval: sent = 0 } = await redis.calls();
  await redis.resetCalls();
  assert(evalsha + sent < 1_000); // those that ask for the counts, too
  await idle.size();
  assert.equal((await redis.calls())["blmove"], undefined);
  await queue.ack(first!);
  assert.equal((await next)[1], "1");
});

Deno.test("clear forgets parked items and turns", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  await queue.putMany(["1", "2", "3"], { orderKey: "k" });
  const [first] = await queue.getMany(3);
  await queue.getMany(3, -1);
  await queue.clear();
  assert.deepEqual(await redis.keys(), []);
  const uid = await queue.put("4", { orderKey: "k" });
  assert.equal(await queue.ack(first![0]), false);
  assert.deepEqual(await queue.get(-1), [uid, "4"]);
});

Deno.test("what a Python consumer acks does not hold up its order key", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ lease: 1 });
  const python = new PythonSide(redis);
  const [first, second] = await queue.putMany(["1", "2", "3"], { orderKey: "k" });
  await queue.getMany(3);
  await queue.getMany(3, -1);
  await python.ack(first!);
  assert.deepEqual(await queue.get(5), [second, "2"]);
});

Deno.test("an instance that knows no order keys takes items out of turn, and holds nothing up", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ lease: 1 });
  const python = new PythonSide(redis);
  const [, second, third] = await queue.putMany(["1", "2", "3"], { orderKey: "k" });
  const [first] = await queue.get();
  assert.deepEqual(await python.get(-1), [second, "2"]);
  assert.deepEqual(await queue.get(-1), [null, null]);
  await python.ack(second!);
  await queue.ack(first!);
  assert.deepEqual(await queue.get(5), [third, "3"]);
  await queue.ack(third!);
  await until("nothing is left", async () => (await redis.keys()).length === 0);
});

Deno.test("a wrong order key is refused before anything is stored", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  for (const wrong of ["", "\ud800", 7, null, {}, "ä".repeat(513), "x".repeat(10_000)]) {
    const options = { orderKey: wrong as string };
    for (const call of [() => queue.put("1", options), () => queue.putMany(["1"], options)]) {
      await assert.rejects(call, (error) => {
        assert(error instanceof TypeError);
        assert.match(
          error.message,
          /^Cannot put an item with the order key .*: expected a string of 1 to 1024 bytes/,
        );
        assert(error.message.length < 250);
        return true;
      });
    }
  }
  assert.deepEqual(await redis.keys(), []);
  const fit = ["ä".repeat(512), "\0", " ", "\u{1f600}"];
  for (const orderKey of fit) await queue.put(orderKey, { orderKey });
  const seen: unknown[] = [];
  await queue.drain((item) => seen.push(item.orderKey));
  assert.deepEqual(seen, fit);
});

Deno.test("the search for lost items finds those, and takes no parked item for one", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ lease: 1 });
  const { items, queue: list } = queueKeys("0");
  await queue.putMany(["1", "2", "3"], { orderKey: "k" });
  await queue.getMany(3);
  await queue.getMany(3, -1);
  await redis.command("HSET", items, "lost", "4");
  const inList = () => redis.command("LRANGE", list, 0, -1);
  await until("it is found", async () => (await inList() as string[]).includes("lost"));
  const { waiting, parked } = await queue.stats();
  assert.deepEqual([await inList(), waiting, parked], [["lost"], 3, 2]);
});
