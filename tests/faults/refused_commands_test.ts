import assert from "node:assert/strict";
import type { SafeRedisQueueOptions } from "../../mod.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { lesserServer } from "../helpers/lesser_server.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

/** What hosts leave out or refuse. */
const COMMANDS = ["CLIENT UNBLOCK", "CLIENT ID", "XREAD", "XADD", "INFO", "CONFIG", "COMMAND"];
/** Those of which `onError` hears. No queue uses CONFIG, and without COMMAND it can't be told what else is missing. */
const TOLD = COMMANDS.slice(0, 5);
const IDLE_SECONDS = 2;

const servers: Record<
  string,
  (redis: TestRedis, refused: string[]) => Promise<SafeRedisQueueOptions>
> = {
  "that an ACL user may not use": async (redis, refused) => {
    const rules = refused.map((command) => `-${command.toLowerCase().replace(" ", "|")}`);
    const user = ["lesser", "on", `>${SECRET}`, "~*", "&*", "+@all", ...rules];
    await redis.command("ACL", "SETUSER", ...user);
    return { username: "lesser", password: SECRET };
  },
  "that the server does not know": (redis, refused) =>
    Promise.resolve({ connect: lesserServer(redis, refused) }),
};

for (const [why, lesser] of Object.entries(servers)) {
  for (const refused of [...COMMANDS.map((command) => [command]), COMMANDS]) {
    const what = refused.length === 1 ? refused[0] : "all of these";
    const told = TOLD.filter((command) => refused.includes(command));
    // The own id comes first, and is needed to unblock.
    if (told.length > 1) told.splice(told.indexOf("CLIENT UNBLOCK"), 1);

    Deno.test(`a queue does without ${what} ${why}, and tells it once`, async () => {
      await using redis = await startRedis();
      const log = new ErrorLog();
      const options = {
        ...await lesser(redis, refused),
        idleInterval: IDLE_SECONDS,
        onError: log.onError,
      };
      const queue = redis.queue(options);
      const done: string[] = [];
      const stop = new AbortController();
      const consuming = queue.consume((item) => {
        done.push(item.payload);
        if (item.payload === "fails" && item.attempt === 1) throw new Error("on purpose");
      }, { signal: stop.signal, backoff: 0.3 });
      await until("it waits", async () => await redis.blockedClients() === 1);
      await new Promise((resolve) => setTimeout(resolve, 50)); // it listens for the doorbell by now

      const putAt = performance.now();
      await queue.put("later", { delay: 0.2 });
      await until("the delayed item is done", () => done.length === 1);
      const mostLate = refused.some((command) => command.startsWith("X")) ? IDLE_SECONDS : 0;
      assert(performance.now() - putAt < (0.2 + mostLate + 1) * 1000);
      await queue.put("fails");
      await until("the one that failed came again", () => done.length === 3);

      await until("it waits again", async () => await redis.blockedClients() === 1);
      const stoppedAt = performance.now();
      stop.abort();
      await consuming;
      await queue.close();
      const ms = performance.now() - stoppedAt;
      assert(ms < 1_000, `it took ${ms} ms`);

      await until("nobody waits", async () => await redis.blockedClients() === 0);
      assert.deepEqual(await readState(redis, "0"), EMPTY);
      assert.deepEqual((await readExtras(redis, "0")).popped, []);
      const refusals = log.errors.map(String).filter((text) => /refuses/.test(text));
      const named = refusals.map((text) => / refuses ([A-Z ]+?)[ :]*[:(]/.exec(text)?.[1]);
      assert.deepEqual(named.sort(), told.toSorted(), log.text);
      assert.equal(log.errors.length, told.length + 1, log.text); // and the handler's
    });
  }
}

Deno.test("a consumer that ends without CLIENT UNBLOCK gives back what its pop took in that moment", async () => {
  await using redis = await startRedis();
  await using other = redis.queue();
  const { onError } = new ErrorLog();
  const open = lesserServer(redis, ["CLIENT UNBLOCK"]);
  const queue = redis.queue({
    onError,
    idleInterval: 60,
    connect: async (signal) => {
      const connection = await open(signal);
      const closed = Promise.withResolvers<never>();
      return {
        sendCommand: async (name, args, options) => {
          const reply = await connection.sendCommand(name, args, options);
          return name === "BLMOVE" ? await closed.promise : reply;
        },
        close: () => {
          closed.reject(new Error("the connection was closed"));
          closed.promise.catch(() => {});
          return connection.close();
        },
      };
    },
  });
  const stop = new AbortController();
  const consuming = queue.consume(() => {}, { signal: stop.signal });
  await until("it waits", async () => await redis.blockedClients() === 1);
  const uid = await other.put(SECRET);
  await until("its pop took the item", async () => {
    return (await readExtras(redis, "0")).popped.length === 1;
  });
  stop.abort();
  await consuming;
  assert.deepEqual((await readState(redis, "0")).queue, [uid]);
  await queue.close();
});

Deno.test("a get that times out and comes again keeps the connection of its pop, without CLIENT UNBLOCK", async () => {
  await using redis = await startRedis();
  const { onError } = new ErrorLog();
  let opened = 0;
  const open = lesserServer(redis, ["CLIENT UNBLOCK", "XREAD"]);
  const connect: typeof open = (signal) => {
    opened++;
    return open(signal);
  };
  await using queue = redis.queue({ connect, onError });
  for (let i = 0; i < 5; i++) assert.deepEqual(await queue.get(0.05), [null, null]);
  const before = opened;
  for (let i = 0; i < 5; i++) assert.deepEqual(await queue.get(0.05), [null, null]);
  assert.equal(opened, before);
});

Deno.test("a server that answers blocking commands at once is not asked all the time", async () => {
  await using redis = await startRedis();
  const open = lesserServer(redis, []);
  let pops = 0;
  await using queue = redis.queue({
    connect: async (signal) => {
      const connection = await open(signal);
      return {
        sendCommand: (name, args, options) => {
          if (name === "BLMOVE") pops++;
          const rest = name === "BLMOVE" || name === "XREAD" ? "PING" : name;
          return rest === name
            ? connection.sendCommand(name, args, options)
            : connection.sendCommand("PING", []).then(() => null);
        },
        close: () => connection.close(),
      };
    },
  });
  assert.deepEqual(await queue.get(1.2), [null, null]);
  assert(pops <= 4, `${pops} pops`);
  const got = queue.get(10);
  await queue.put("Hello");
  assert.equal((await got)[1], "Hello");
});

Deno.test("where CLIENT UNBLOCK finds nothing, as behind a proxy, the connection is closed", async () => {
  await using redis = await startRedis();
  const open = lesserServer(redis, []);
  const queue = redis.queue({
    connect: async (signal) => {
      const connection = await open(signal);
      return {
        sendCommand: (name, args, options) =>
          name === "CLIENT" && args[0] === "UNBLOCK"
            ? Promise.resolve(0)
            : connection.sendCommand(name, args, options),
        close: () => connection.close(),
      };
    },
  });
  const stop = new AbortController();
  const consuming = queue.consume(() => {}, { signal: stop.signal });
  await until("it waits", async () => await redis.blockedClients() === 1);
  const stoppedAt = performance.now();
  stop.abort();
  await consuming;
  await queue.close();
  assert(performance.now() - stoppedAt < 1_000);
  await until("nobody waits", async () => await redis.blockedClients() === 0);
});
