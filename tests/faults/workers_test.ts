import assert from "node:assert/strict";
import { SafeRedisQueue } from "../../mod.ts";
import { type Program, startProgram } from "../helpers/program.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { ErrorLog } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const FOREVER_MS = 1e9;

/** Reads what the program prints, up to a line of which `found` holds. */
async function readUntil(program: Program, found: (line: string) => boolean): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const { value, done } = await program.lines.next();
    assert.ok(!done, `it ended after ${lines.length} lines`);
    lines.push(value);
    if (found(value)) return lines;
  }
}

Deno.test("a worker killed with a hundred items under way: each comes back, as a further attempt", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 1 });
  const uids = await queue.putMany(Array.from({ length: 150 }, (_, i) => `${i}`));
  await using worker = startProgram("works", redis.port, 100, FOREVER_MS);
  let begun = 0;
  await readUntil(worker, () => ++begun === 100);
  assert.equal(await queue.size(), 50, "it has claimed no more than it can begin");
  await worker.kill();

  const attempts = new Map<string, number>();
  const stop = new AbortController();
  await queue.consume(({ uid, attempt }) => {
    assert.ok(!attempts.has(uid));
    attempts.set(uid, attempt);
    if (attempts.size === uids.length) stop.abort();
  }, { concurrency: 10, signal: stop.signal });
  assert.deepEqual(uids.map((uid) => attempts.get(uid)), uids.map((_, i) => i < 100 ? 2 : 1));
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("a worker frozen past its lease learns it when it wakes, and does the new holder no harm", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: 1 });
  const uid = await queue.put("slow");
  // Longer than it takes to learn of the loss, and shorter than the new holder works.
  await using worker = startProgram("works", redis.port, 1, 3_000);
  await readUntil(worker, (line) => line === `begun ${uid} 1`);
  worker.signal("SIGSTOP");

  const stop = new AbortController();
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<number>();
  const consumed = queue.consume(({ attempt }) => {
    begun.resolve(attempt);
    return held.promise;
  }, { signal: stop.signal, shutdownTimeout: 60 });
  assert.equal(await begun.promise, 2);
  worker.signal("SIGCONT");
  await readUntil(worker, (line) => line === `LeaseLostError ${uid}`);
  await readUntil(worker, (line) => line === `fail ${uid} false`);
  assert.equal(await queue.inFlight(), 1);
  assert.equal(await queue.size(), 0);
  stop.abort();
  held.resolve();
  await consumed;
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});

Deno.test("Redis restarted while handlers run: each item is done, and none is lost", async () => {
  await using server = await RedisProcess.start();
  const log = new ErrorLog();
  await using queue = new SafeRedisQueue({
    hostname: "127.0.0.1",
    port: server.port,
    autocleanInterval: 2,
    commandTimeout: 1,
    onError: log.onError,
  });
  const uids = await queue.putMany(Array.from({ length: 200 }, (_, i) => `${i}`));
  const done = new Map<string, number>();
  let running = 0;
  const stop = new AbortController();
  const consumed = queue.consume(async ({ uid }) => {
    running++;
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 50));
    running--;
    done.set(uid, (done.get(uid) ?? 0) + 1);
  }, { concurrency: 20, signal: stop.signal });
  for (let i = 0; i < 2; i++) {
    await until("handlers run", () => running === 20);
    await server.kill();
    await until("handlers have ended in the outage", () => running === 0);
    // Longer than a call waits: it is the worker that does not give up its acks.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await server.startAgain();
  }
  await until("all are done", () => done.size === uids.length);
  await using redis = await server.connect();
  await until("all are acked", async () => {
    return Object.keys((await readState(redis, "0")).items).length === 0;
  });
  stop.abort();
  await consumed;
  const twice = [...done.values()].filter((count) => count > 1).length;
  assert.ok(twice <= 40, `${twice} of those that were on their way when Redis ended came again`);
});

Deno.test("a worker stopped with handlers that never end gives all back within four seconds", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null });
  const uids = await queue.putMany(Array.from({ length: 30 }, (_, i) => `${i}`));
  await using worker = startProgram("works", redis.port, 20, FOREVER_MS);
  let begun = 0;
  await readUntil(worker, () => ++begun === 20);
  worker.signal("SIGINT");
  const stoppedAt = performance.now();
  await readUntil(worker, (line) => line === "ended");
  assert.ok(performance.now() - stoppedAt < 4_000);
  assert.deepEqual(await readState(redis, "0"), {
    ...await readState(redis, "0"),
    queue: uids.toReversed(),
    aging: {},
    ackbuf: [],
  });
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("a worker stopped while Redis is frozen ends in bounded time", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  const { onError } = new ErrorLog();
  const queue = redis.queue({ port: proxy.port, onError });
  await queue.putMany(["a", "b"]);
  const stop = new AbortController();
  let begun = 0;
  const consumed = queue.consume(() => {
    begun++;
    return new Promise(() => {});
  }, { concurrency: 5, signal: stop.signal, shutdownTimeout: 0.5 });
  await until("both run", () => begun === 2);
  proxy.freeze({ andNew: true });
  stop.abort();
  const stoppedAt = performance.now();
  await consumed;
  assert.ok(performance.now() - stoppedAt < 2_500);
  proxy.thaw();
  await queue.close();
});
