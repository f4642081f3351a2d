import assert from "node:assert/strict";
import type { Consumer, SafeRedisQueue, SafeRedisQueueOptions } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { passTime } from "../helpers/pass_time.ts";
import { runProgram, startProgram } from "../helpers/program.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

/** Awaits consumers that are as many, and returns them. */
async function seen(
  queue: SafeRedisQueue,
  count: number,
  are: (consumers: Consumer[]) => boolean = () => true,
): Promise<Consumer[]> {
  let consumers: Consumer[] = [];
  await until(`${count} consume`, async () => {
    consumers = await queue.consumers();
    return consumers.length === count && are(consumers);
  });
  return consumers;
}

/** A queue that only looks. */
function watcherOf(redis: TestRedis): SafeRedisQueue {
  return redis.queue({ autocleanInterval: null });
}

const WAYS: Record<string, SafeRedisQueueOptions> = {
  "in the cleaner's call": {},
  "in a call of its own": { autocleanInterval: null },
};

for (const [way, options] of Object.entries(WAYS)) {
  Deno.test(`a consumer is seen ${way} within two seconds, with what it does, and is gone when it ends`, async () => {
    await using redis = await startRedis();
    await using watcher = watcherOf(redis);
    await using queue = redis.queue({ ...options, instance: "mailer 3" });
    assert.deepEqual(await watcher.consumers(), []);
    const before = await redis.now();
    const stop = new AbortController();
    const handled = Promise.withResolvers<void>();
    await queue.putMany(["a", "b", "c"]);
    const consuming = queue.consume(() => handled.promise, {
      ...{ concurrency: 2, signal: stop.signal },
    });
    const begunAt = performance.now();
    const [consumer] = await seen(watcher, 1);
    assert(performance.now() - begunAt < 2_000);
    const { id, since, lastSeen, ...rest } = consumer!;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      ...{ host: Deno.hostname(), pid: Deno.pid, name: "mailer 3" },
      ...{ concurrency: 2, inHand: 2 },
    });
    const times = [before, since.getTime() * 1000, lastSeen.getTime() * 1000, await redis.now()];
    times[1]! += 1_000; // a Date counts milliseconds
    times[2]! += 2_000;
    times[3]! += 2_000;
    assert.deepEqual(times, times.toSorted());
    assert.equal((await watcher.stats()).consumers, 1);

    handled.resolve();
    stop.abort();
    await consuming;
    await seen(watcher, 0);
    assert.equal(await redis.command("EXISTS", "srq:0:consumers", "srq:0:consumer_notes"), 0);
  });

  Deno.test(`a loop over items is seen ${way}, and is gone when it is left`, async () => {
    await using redis = await startRedis();
    await using watcher = watcherOf(redis);
    await using queue = redis.queue(options);
    await queue.put("a");
    for await (const item of queue) {
      const [consumer] = await seen(watcher, 1);
      assert.deepEqual([consumer!.concurrency, consumer!.inHand], [1, 1]);
      await item.ack();
      break;
    }
    await seen(watcher, 0);
  });
}

Deno.test("who calls get is seen while it waits and for a minute after, and is gone when it closes", async () => {
  await using redis = await startRedis();
  await using watcher = watcherOf(redis);
  const queue = redis.queue({ lease: 1 });
  const got = queue.get();
  const [consumer] = await seen(watcher, 1);
  assert.deepEqual([consumer!.concurrency, consumer!.inHand], [1, 0]);
  await passTime(redis, "0", 61);
  assert.deepEqual(await watcher.consumers(), []);
  await seen(watcher, 1); // it still waits
  await queue.put("a");
  await got;
  await until("it says nothing any more", async () => {
    await passTime(redis, "0", 61);
    await new Promise((resolve) => setTimeout(resolve, 4_500)); // the longest time between two
    return (await watcher.consumers()).length === 0;
  });
  await queue.get(-1);
  await seen(watcher, 1);
  await queue.close();
  assert.deepEqual(await watcher.consumers(), []);
});

Deno.test("who called get, and then works, is seen with its concurrency soon", async () => {
  await using redis = await startRedis();
  await using watcher = watcherOf(redis);
  await using queue = redis.queue({ lease: 1 });
  await queue.get(-1);
  await seen(watcher, 1);
  const consuming = queue.consume(() => {}, { concurrency: 5 });
  const begunAt = performance.now();
  await seen(watcher, 1, ([consumer]) => consumer!.concurrency === 5);
  assert(performance.now() - begunAt < 2_500); // and not at the next turn
  await queue.close();
  await consuming;
});

Deno.test("the concurrency of several workers of an instance adds up, and one that ends takes none along", async () => {
  await using redis = await startRedis();
  await using watcher = watcherOf(redis);
  await using queue = redis.queue({ lease: 1 });
  const stop = new AbortController();
  const first = queue.consume(() => {}, { concurrency: 2, signal: stop.signal });
  const second = queue.consume(() => {}, { concurrency: 5 });
  await seen(watcher, 1, ([consumer]) => consumer!.concurrency === 7);
  stop.abort();
  await first;
  await seen(watcher, 1, ([consumer]) => consumer!.concurrency === 5);
  await queue.close();
  await second;
  assert.deepEqual(await watcher.consumers(), []);
});

Deno.test("who only produces, looks or drains in passing is not seen, and says nothing", async () => {
  await using redis = await startRedis();
  const commands = new CountedCommands(redis);
  await using watcher = watcherOf(redis);
  await using queue = redis.queue({ connect: commands.connect, autocleanInterval: null });
  await queue.putMany(["a", "b"]);
  await queue.peek();
  await queue.consumers();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  commands.forget();
  await queue.drain(() => {});
  const drained = commands.sent.length;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  assert.equal(commands.sent.length, drained);
  assert.deepEqual(await watcher.consumers(), []);
  await queue.put("c");
  assert.deepEqual(await redis.keys(), ["srq:0:items", "srq:0:queue"]);
  assert.equal(await redis.command("EXISTS", "srq:0:consumers"), 0);
});

Deno.test("clear leaves those who consume", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const consuming = queue.consume(() => {});
  await seen(queue, 1);
  await queue.clear();
  assert.equal((await queue.consumers()).length, 1);
  await queue.close();
  await consuming;
});

Deno.test("a process that was killed is gone after a minute, and one that hangs until it goes on", async () => {
  await using redis = await startRedis();
  await using watcher = watcherOf(redis);
  const options = JSON.stringify({ lease: 1, instance: "killed" });
  await using killed = startProgram("shows_itself", redis.url, options);
  await seen(watcher, 1);
  await using hangs = startProgram("shows_itself", redis.url, '{"lease":1,"instance":"hangs"}');
  const both = await seen(watcher, 2);
  assert.deepEqual(both.map(({ name }) => name), ["killed", "hangs"]);
  assert.deepEqual(both.map(({ concurrency }) => concurrency), [3, 3]);
  assert.notEqual(both[0]!.pid, both[1]!.pid);

  await killed.kill();
  hangs.signal("SIGSTOP");
  await passTime(redis, "0", 50);
  assert.equal((await watcher.consumers()).length, 2);
  await passTime(redis, "0", 11);
  assert.deepEqual(await watcher.consumers(), []);
  hangs.signal("SIGCONT");
  const [back] = await seen(watcher, 1);
  assert.deepEqual([back!.id, back!.name], [both[1]!.id, "hangs"]);
  const known = await redis.command("HKEYS", queueKeys("0").notes);
  assert.deepEqual(known, [back!.id]);
  hangs.signal("SIGTERM");
});

for (const hours of [-48, 48]) {
  Deno.test(`times of consumers are Redis's, with the consumer's ${hours} hours off`, async () => {
    await using redis = await startRedis();
    await using watcher = watcherOf(redis);
    const before = await redis.now();
    await using _ = startProgram("shifted_clock", hours, "shows_itself", redis.url);
    const [consumer] = await seen(watcher, 1);
    const [since, lastSeen] = [consumer!.since.getTime(), consumer!.lastSeen.getTime()];
    assert(before / 1000 - 1 < since && since <= lastSeen && lastSeen <= await redis.now() / 1000);
  });
}

Deno.test("a consumer that looks rarely says for how long, and is gone later", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ idleInterval: 100, lease: 90 });
  const consuming = queue.consume(() => {});
  const [{ id }] = await seen(queue, 1) as [Consumer];
  const ends = Number(await redis.command("ZSCORE", queueKeys("0").consumers, id));
  const seconds = (ends - await redis.now()) / 1e6;
  assert(seconds > 265 && seconds <= 270, `${seconds}`);
  await queue.close();
  await consuming;
});

Deno.test("the machine's name is told only by who may know it, and nobody is asked", async () => {
  await using redis = await startRedis();
  const net = `--allow-net=127.0.0.1:${redis.port}`;
  const only = await runProgram("tells_host", net, redis.url);
  assert.deepEqual(only, { code: 0, stdout: "undefined number\n", stderr: "" });
  const also = await runProgram("tells_host", net, "--allow-sys=hostname", redis.url);
  assert.deepEqual(also, { code: 0, stdout: `${Deno.hostname()} number\n`, stderr: "" });
});

/** What may be refused, and how Redis names it. */
const REFUSALS: Record<string, { prepare: (redis: TestRedis) => Promise<unknown>; code: string }> =
  {
    "the key": {
      prepare: (redis) =>
        redis.command(
          ...["ACL", "SETUSER", "limited", "on", `>${SECRET}`, "&*", "+@all", "resetkeys"] as const,
          ...Object.values(queueKeys("0")).filter((key) => !/consumer/.test(key))
            .map((key) => `~${key}`),
        ),
      code: "NOPERM",
    },
    "a key of another type": {
      prepare: async (redis) => {
        await redis.command("SET", queueKeys("0").consumers, "text");
        await redis.command(
          ...["ACL", "SETUSER", "limited", "on", `>${SECRET}`, "~*", "&*", "+@all"] as const,
        );
      },
      code: "WRONGTYPE",
    },
  };

for (const [what, { prepare, code }] of Object.entries(REFUSALS)) {
  for (const [way, options] of Object.entries(WAYS)) {
    Deno.test(`a consumer that is refused ${what} ${way} is told once, cleans and consumes`, async () => {
      await using redis = await startRedis();
      await prepare(redis);
      const log = new ErrorLog();
      const lease = options.autocleanInterval === null ? {} : { lease: 1 };
      await using queue = redis.queue({
        ...{ username: "limited", password: SECRET, onError: log.onError },
        ...options,
        ...lease,
      });
      const done: string[] = [];
      const consuming = queue.consume(({ payload }) => done.push(payload));
      await until("it is told", () => log.errors.length > 0);
      assert.match(
        log.text,
        new RegExp(
          `refuses the key "srq:0:consumers" \\(${code}\\): consumers\\(\\) does not show`,
        ),
      );
      await redis.command("HSET", "srq:0:items", "expired", "Hello");
      await redis.command("ZADD", "srq:0:ackbuf_aging", 1, "expired");
      if (options.autocleanInterval !== null) {
        await until("it has cleaned and consumed", () => done.includes("Hello"));
      }
      await using producer = watcherOf(redis);
      await producer.put("World");
      await until("it has consumed", () => done.includes("World"));
      await queue.close();
      await consuming;
      assert.equal(log.errors.filter((error) => /the key/.test(String(error))).length, 1, log.text);
    });
  }
}
