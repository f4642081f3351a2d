import assert from "node:assert/strict";
import { RedisReplyError, type SafeRedisQueue, type SafeRedisQueueOptions } from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { type ExtraState, NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { EMPTY, type QueueState, readState, seed } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

/** One item in each place where one may be. */
const ONE_OF_EACH: QueueState = {
  items: {
    ...{ waiting: SECRET, popped: SECRET, held: SECRET, orphan: SECRET },
    ...{ delayed: SECRET, dead: SECRET, taken: SECRET, parked: SECRET },
  },
  queue: ["waiting"],
  ackbuf: ["popped"],
  aging: { held: 1 },
};
const EXTRAS: ExtraState = {
  popped: ["taken"],
  short: { held: 9e15 },
  named: { waiting: 5 },
  attempts: { held: 2, dead: 3 },
  errors: { dead: "why" },
  headers: { waiting: '{"a":"1"}', held: '{"a":"1"}', dead: '{"a":"1"}' },
  delayed: { delayed: 9e15 },
  dead: { dead: 9e15 },
  orderkeys: { held: "000000000000000k", parked: "000000000000001k", dead: "000000000000000d" },
  heads: { k: "held", d: "dead" },
  parked: { "1:k000000000000001parked": 0 },
  held: { dead: "d" },
};
const NONE_WAITING: QueueState = {
  items: { popped: SECRET, held: SECRET, orphan: SECRET },
  queue: [],
  ackbuf: ["popped"],
  aging: { held: 1 },
};
const ALL = ["dead", "delayed", "held", "orphan", "parked", "popped", "taken", "waiting"];

const calls: Record<string, (queue: SafeRedisQueue) => Promise<unknown>> = {
  put: (queue) => queue.put(SECRET),
  get: (queue) => queue.get(-1),
  "get of many": (queue) => queue.getMany(10, -1),
  ack: (queue) => queue.ack("held"),
  "ack of an unknown item": (queue) => queue.ack("unknown"),
  fail: (queue) => queue.fail("held"),
  "fail of a popped item": (queue) => queue.fail("popped"),
  release: (queue) => queue.release("held"),
  size: (queue) => queue.size(),
  clear: (queue) => queue.clear(),
  "put with an order key": (queue) => queue.put(SECRET, { orderKey: "k" }),
  "put with headers": (queue) => queue.put(SECRET, { headers: { a: SECRET } }),
  "put again": (queue) => queue.put(SECRET, { uid: "u" }),
  "put for later": (queue) => queue.put(SECRET, { delay: 60 }),
  "put of what is due": (queue) => queue.put(SECRET, { at: 5 }),
  "fail with a delay": (queue) => queue.fail("held", { delay: 60, error: "why" }),
  "last fail": (queue) => queue.fail("held", { error: "why" }),
  touch: (queue) => queue.touch("held"),
  peek: (queue) => queue.peek(),
  pause: (queue) => queue.pause(),
  resume: (queue) => queue.resume(),
  "list of dead letters": (queue) => queue.dead.list({ cursor: "dead:5:9:gone" }),
  "requeue of dead letters": (queue) => queue.dead.requeueAll(),
  "delete of dead letters": (queue) => queue.dead.delete("dead"),
  find: (queue) => queue.find("popped"),
  "list of what waits": (queue) => queue.list("waiting"),
  "list of what is in flight": (queue) => queue.list("in flight", { cursor: "aging:5:1:held" }),
  "delete of items": (queue) => queue.delete(["held", "popped", "waiting", "delayed", "parked"]),
  promote: (queue) => queue.promote("delayed"),
};

const optionsOf: Record<string, SafeRedisQueueOptions> = { "last fail": { maxAttempts: 3 } };

for (const command of await commandsOfScripts()) {
  Deno.test(`a user without ${command} is told so, and the refusal loses nothing`, async () => {
    await using redis = await startRedis();
    await redis.command("ACL", "SETUSER", "limited", "on", `>${SECRET}`, "~*", "&*", "+@all");
    await redis.command("ACL", "SETUSER", "limited", `-${command}`);
    const limited = { username: "limited", password: SECRET };
    let refusals = 0;
    for (const [name, call] of Object.entries(calls)) {
      const options = { ...limited, ...optionsOf[name], name, autocleanInterval: null };
      await using queue = redis.queue(options);
      await seedAll(redis, name);
      try {
        await call(queue);
      } catch {
        refusals++;
        await seedAll(redis, name);
        assertNames(command, await rejectionOf(RedisReplyError, call(queue)));
        await assertNothingLost(redis, name, ALL);
      }
    }
    refusals += await refusedCleaner(redis, limited, command);
    refusals += await refusedWait(redis, limited, command);
    assert(refusals > 0, `nothing needs ${command}`);
  });
}

async function seedAll(redis: TestRedis, name: string): Promise<void> {
  await seed(redis, name, ONE_OF_EACH);
  await seedExtras(redis, name, EXTRAS);
  if (name === "resume") await redis.command("SET", queueKeys(name).paused, "1");
}

/** The cleaner, which reports through `onError`. */
async function refusedCleaner(redis: TestRedis, limited: object, command: string): Promise<number> {
  const name = "cleaner";
  await seedAll(redis, name);
  const log = new ErrorLog();
  {
    await using queue = redis.queue({
      ...limited,
      name,
      autocleanInterval: 0.05,
      onError: log.onError,
    });
    await queue.size().catch(() => {}); // starts the cleaner
    await until(
      "it was refused, or has done its work",
      async () => log.errors.length > 0 || (await readState(redis, name)).queue.length === 5,
    );
  }
  for (const error of log.errors) assertNames(command, error);
  await assertNothingLost(redis, name, ALL);
  return log.errors.length;
}

/** A get that waits, and is refused when the item comes. */
async function refusedWait(redis: TestRedis, limited: object, command: string): Promise<number> {
  const name = "wait";
  await seed(redis, name, NONE_WAITING);
  await using producer = redis.queue({ name, autocleanInterval: null });
  await using queue = redis.queue({ ...limited, name, autocleanInterval: null });
  let settled = false;
  const got = queue.get().then(() => 0, (error) => {
    assertNames(command, error);
    return 1;
  }).finally(() => settled = true);
  await until("it waits", async () => settled || await redis.blockedClients() === 1);
  const uid = await producer.put("late");
  const refusals = await got;
  await assertNothingLost(redis, name, ["held", "orphan", "popped", uid].sort());
  return refusals;
}

function assertNames(command: string, error: unknown): void {
  assert(error instanceof RedisReplyError, Deno.inspect(error));
  assert.equal(error.code, "NOPERM", error.message);
  assert.match(error.message, new RegExp(`\\b${command}\\b`, "i"));
}

/** What is there, to be delivered at last: leases and delays are cut short, and nothing may stay behind. */
async function assertNothingLost(redis: TestRedis, name: string, uids: string[]): Promise<void> {
  const { aging } = await readState(redis, name);
  const { delayed, dead } = await readExtras(redis, name);
  const keys = queueKeys(name);
  for (const uid of Object.keys(aging)) await redis.command("ZADD", keys.aging, 1, uid);
  for (const uid of Object.keys(delayed)) await redis.command("ZADD", keys.delayed, 1, uid);
  const onError = (error: unknown) => {
    // Until it is queued again, which the next call does.
    if (!String(error).includes("Dead letters hold up")) throw error;
  };
  await using queue = redis.queue({ name, autocleanInterval: 0.05, onError });
  await queue.resume();
  await queue.dead.requeue(Object.keys(dead));
  const delivered = new Set<string>();
  await until(`all of ${uids} are delivered`, async () => {
    const items = await queue.getMany(10, -1);
    for (const [uid] of items) delivered.add(uid);
    await queue.ackMany(items.map(([uid]) => uid));
    return uids.every((uid) => delivered.has(uid));
  });
  await until("nothing is left", async () => {
    const { items } = await readState(redis, name);
    const rest = await queue.getMany(10, -1);
    await queue.ackMany(rest.map(([uid]) => uid));
    return Object.keys(items).length === 0;
  });
  assert.deepEqual(await readState(redis, name), EMPTY);
  assert.deepEqual(await readExtras(redis, name), NO_EXTRAS);
}

/** All commands that are called in a script, and those sent by themselves. */
async function commandsOfScripts(): Promise<string[]> {
  const commands = new Set(["BLMOVE", "EVALSHA", "PING"]);
  for (const folder of ["../../src/lua/", "../../src/lua/parts/"]) {
    const scripts = new URL(folder, import.meta.url);
    for await (const { name, isFile } of Deno.readDir(scripts)) {
      const source = isFile ? await Deno.readTextFile(new URL(name, scripts)) : "";
      for (const [, command] of source.matchAll(/redis\.call\('(\w+)'/g)) commands.add(command!);
    }
  }
  return [...commands].sort();
}
