import assert from "node:assert/strict";
import { RedisReplyError, type SafeRedisQueue } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { type QueueState, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

const BEFORE: QueueState = {
  items: { waiting: SECRET, popped: SECRET, held: SECRET },
  queue: ["waiting"],
  ackbuf: ["popped"],
  aging: { held: 1 },
};

/** Calls that use a key, by the key. */
const calls: Record<keyof QueueState, ((queue: SafeRedisQueue) => Promise<unknown>)[]> = {
  items: [
    (queue) => queue.put(SECRET),
    (queue) => queue.get(-1),
    (queue) => queue.ack("held"),
    (queue) => queue.fail("held"),
    (queue) => queue.release("held"),
    (queue) => queue.find("held"),
    (queue) => queue.list("waiting"),
    (queue) => queue.delete("held"),
  ],
  queue: [
    (queue) => queue.put(SECRET),
    (queue) => queue.get(-1),
    (queue) => queue.get(),
    (queue) => queue.fail("held"),
    (queue) => queue.release("held"),
    (queue) => queue.size(),
    (queue) => queue.list("waiting"),
  ],
  ackbuf: [
    (queue) => queue.ack("unknown"),
    (queue) => queue.fail("popped"),
    (queue) => queue.release("popped"),
    (queue) => queue.size(),
    (queue) => queue.find("waiting"),
    (queue) => queue.list("waiting"),
  ],
  aging: [
    (queue) => queue.get(-1),
    (queue) => queue.ack("held"),
    (queue) => queue.fail("held"),
    (queue) => queue.release("held"),
    (queue) => queue.size(),
    (queue) => queue.find("waiting"),
    (queue) => queue.list("in flight"),
    (queue) => queue.delete("held"),
  ],
};

for (const place of ["items", "queue", "ackbuf", "aging"] as const) {
  const key = queueKeys("0")[place];

  Deno.test(`something else in place of ${key} is named in the errors, and nothing is lost`, async () => {
    await using redis = await startRedis();
    await seed(redis, "0", BEFORE);
    // What the key really holds is set aside, and has to fit in afterwards.
    await redis.command("RENAME", key, "aside");
    await redis.command("SET", key, SECRET);

    await using queue = redis.queue({ autocleanInterval: null });
    for (const call of calls[place]) {
      assertNames(key, await rejectionOf(RedisReplyError, call(queue)));
    }

    await redis.command("RENAME", "aside", key);
    // A put and a requeue write the queue before the items: a uid without payload does no harm.
    const { queue: waiting, ...rest } = await readState(redis, "0");
    const { queue: before, ...expected } = BEFORE;
    assert.deepEqual(rest, expected);
    assert.deepEqual(waiting.filter((uid) => uid in BEFORE.items), before);
  });

  Deno.test(`the cleaner reports something else in place of ${key}`, async () => {
    await using redis = await startRedis();
    const log = new ErrorLog();
    await using queue = redis.queue({ autocleanInterval: 0.1, onError: log.onError });
    await queue.size();
    await seed(redis, "0", { aging: { held: 1 } });
    await redis.command("DEL", key);
    await redis.command("SET", key, SECRET);
    await until("it is reported", () => log.errors.length > 0);
    assertNames(key, log.errors[0]);
  });
}

Deno.test("a waiting get names the list of what was popped when something else stands in its place", async () => {
  await using redis = await startRedis();
  await redis.command("SET", queueKeys("0").popped, SECRET);
  await using queue = redis.queue({ autocleanInterval: null });
  assertNames(queueKeys("0").popped, await rejectionOf(RedisReplyError, queue.get()));
  await redis.command("DEL", queueKeys("0").popped);
  const got = queue.get();
  const uid = await queue.put("a");
  assert.deepEqual(await got, [uid, "a"]);
});

function assertNames(key: string, error: unknown): void {
  assert(error instanceof RedisReplyError);
  assert.equal(error.code, "WRONGTYPE");
  assert(error.message.includes(key), error.message);
}
