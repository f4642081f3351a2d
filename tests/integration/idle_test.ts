import assert from "node:assert/strict";
import type { SafeRedisQueueOptions } from "../../mod.ts";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const WINDOW_MS = 20_000;

/** How many commands a consumer sends in a minute while it waits, as some seconds of it tell. */
async function idleCommands(
  redis: TestRedis,
  options: SafeRedisQueueOptions,
  prepare: (queue: ReturnType<TestRedis["queue"]>) => Promise<unknown> = () => Promise.resolve(),
): Promise<number> {
  const commands = new CountedCommands(redis);
  await using queue = redis.queue({ connect: commands.connect, ...options });
  await prepare(queue);
  const stop = new AbortController();
  const consuming = queue.consume(() => {}, { signal: stop.signal });
  await until("it listens for the doorbell", () => commands.sent.includes("XREAD"));
  commands.forget();
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
  const perMinute = commands.sent.length * 60_000 / WINDOW_MS;
  stop.abort();
  await consuming;
  return perMinute;
}

async function pausedWithItem(queue: ReturnType<TestRedis["queue"]>): Promise<void> {
  await queue.pause();
  await queue.put("waits");
}

Deno.test("an idle consumer sends at most 30 commands a minute, and 6 with an idleInterval of a minute", async () => {
  await using redis = await startRedis();
  const counts = await Promise.all([
    idleCommands(redis, { name: "default" }),
    idleCommands(redis, { name: "paused" }, pausedWithItem),
    idleCommands(redis, { name: "delayed" }, (queue) => queue.put("later", { delay: 3_600 })),
    idleCommands(redis, { name: "rare", idleInterval: 60 }),
    idleCommands(redis, { name: "rare and paused", idleInterval: 60 }, pausedWithItem),
  ]);
  const [usual, paused, delayed, rare, rarePaused] = counts;
  for (const count of [usual!, paused!, delayed!]) assert(count <= 30, `${counts}`);
  for (const count of [rare!, rarePaused!]) assert(count <= 6, `${counts}`);
});

Deno.test("a consumer that looks rarely learns of the end of a pause by the doorbell, and of delayed items", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ idleInterval: 60 });
  await using producer = redis.queue();
  await producer.pause();
  const uid = await producer.put("Hello");
  const got = consumer.get();
  await until("it listens for the doorbell", async () => {
    return (await redis.clients()).some(({ cmd, flags }) =>
      cmd === "xread" && flags?.includes("b")
    );
  });
  const resumedAt = performance.now();
  await producer.resume();
  assert.deepEqual(await got, [uid, "Hello"]);

  const later = consumer.get();
  await until("it waits", async () => await redis.blockedClients() === 1);
  await producer.put("later", { delay: 0.5 });
  assert.equal((await later)[1], "later");
  assert(performance.now() - resumedAt < 5_000);
});

Deno.test("a consumer of a paused queue stops at once", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  const queue = redis.queue({ connect: commands.connect, idleInterval: 60 });
  await pausedWithItem(queue);
  const stop = new AbortController();
  const consuming = queue.consume(() => {}, { signal: stop.signal });
  await until("it knows of the pause, and listens for its end", () => {
    return commands.sent.includes("XREAD") && commands.sent.includes("BLMOVE");
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stoppedAt = performance.now();
  stop.abort();
  await consuming;
  await queue.close();
  assert(performance.now() - stoppedAt < 1_000);
});
