import assert from "node:assert/strict";
import { createLazyClient } from "@db/redis";
import {
  type RedisConnection,
  RedisReplyError,
  RedisUnavailableError,
  SafeRedisQueue,
} from "../../mod.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, rejectionsOf, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

Deno.test("a wrong or missing password is told at once, and never shown", async () => {
  await using redis = await startRedis();
  await redis.command("ACL", "SETUSER", "worker", "on", `>${SECRET}`, "~*", "+@all");
  await redis.command("ACL", "SETUSER", "default", `>${SECRET}-2`); // this connection is in already
  const { onError } = new ErrorLog();
  const open = (username?: string, password?: string) =>
    new SafeRedisQueue({ hostname: "127.0.0.1", port: redis.port, username, password, onError });
  const wrong: [string, SafeRedisQueue][] = [
    ["WRONGPASS", open("worker", `${SECRET}-not`)],
    ["WRONGPASS", open("nobody", SECRET)],
    ["WRONGPASS", open(undefined, `${SECRET}-not`)],
    ["NOAUTH", open()],
  ];
  for (const [code, queue] of wrong) {
    const calls = [queue.connect(), queue.put(SECRET), queue.get(), queue.get(-1)];
    for (const error of await rejectionsOf(RedisReplyError, calls)) {
      assert.equal(error.code, code);
      assert.match(error.message, /password/);
    }
    await queue.close();
  }
});

/** What an operator may do to a user, or to a server, for a while. */
const CHANGES: Record<string, {
  change: string[][];
  back: string[][];
  answer: RegExp;
}> = {
  "the password is replaced": {
    change: [["ACL", "SETUSER", "worker", "resetpass", `>${SECRET}-3`]],
    back: [["ACL", "SETUSER", "worker", `>${SECRET}`]],
    answer: /WRONGPASS/,
  },
  "the user is off": {
    change: [["ACL", "SETUSER", "worker", "off"]],
    back: [["ACL", "SETUSER", "worker", "on"]],
    answer: /WRONGPASS/,
  },
  "the user is deleted": {
    change: [["ACL", "DELUSER", "worker"]],
    back: [["ACL", "SETUSER", "worker", "on", `>${SECRET}`, "~*", "+@all"]],
    answer: /WRONGPASS/,
  },
  "the user may not connect": {
    change: [["ACL", "SETUSER", "worker", "-@all"]],
    back: [["ACL", "SETUSER", "worker", "+@all"]],
    answer: /NOPERM/,
  },
  "there are too many connections": {
    change: [["CONFIG", "SET", "maxclients", "1"]],
    back: [["CONFIG", "SET", "maxclients", "10000"]],
    answer: /max number of clients|closed the connection|client failed/,
  },
};

for (const [what, { change, back, answer }] of Object.entries(CHANGES)) {
  Deno.test(`while ${what}, a consumer that has worked tells of an outage once, and goes on after it`, async () => {
    await using redis = await startRedis();
    await redis.command("ACL", "SETUSER", "worker", "on", `>${SECRET}`, "~*", "+@all");
    const log = new ErrorLog();
    const connect = { hostname: "127.0.0.1", port: redis.port, username: "worker" };
    await using queue = new SafeRedisQueue({
      ...{ ...connect, password: SECRET, onError: log.onError },
      ...{ commandTimeout: 0.5, autocleanInterval: null },
    });
    const consumed: string[] = [];
    const work = queue.consume(({ payload }) => consumed.push(payload));
    await queue.put("before");
    await until("it waits", async () => {
      return consumed.length === 1 && await redis.blockedClients() === 1;
    });

    for (const [name, ...args] of change) await redis.command(name!, ...args);
    await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await until("it tells so", () => log.errors.length > 0);
    const error = await rejectionOf(RedisUnavailableError, queue.put("meanwhile"));
    assert.match(error.message, answer);

    for (const [name, ...args] of back) await redis.command(name!, ...args);
    await queue.put("after");
    await until("it goes on", () => consumed.includes("after"));
    assert.deepEqual(log.errors.map((told) => told instanceof RedisUnavailableError), [true]);
    await queue.close();
    await work;
  });
}

Deno.test("a first connection for waiting that is refused is an outage, too, if the queue has worked", async () => {
  await using redis = await startRedis();
  await redis.command("ACL", "SETUSER", "worker", "on", `>${SECRET}`, "~*", "+@all");
  const log = new ErrorLog();
  await using queue = new SafeRedisQueue({
    ...{ hostname: "127.0.0.1", port: redis.port, username: "worker", password: SECRET },
    onError: log.onError,
  });
  await queue.put("before");
  await redis.command("ACL", "SETUSER", "worker", "resetpass", `>${SECRET}-3`);
  const consumed: string[] = [];
  const work = queue.consume(({ payload }) => consumed.push(payload));
  await until("it tells so", () => /WRONGPASS/.test(log.text));
  await redis.command("ACL", "SETUSER", "worker", `>${SECRET}`);
  await queue.put("after");
  await until("it goes on", () => consumed.length === 2);
  await queue.close();
  await work;
});

for (const code of ["NOAUTH", "WRONGPASS"]) {
  Deno.test(`${code} on a connection that is open is an outage if it has worked, and told at once if not`, async () => {
    await using redis = await startRedis();
    let refuses = true;
    // As of a proxy that does not know the user of its connection any more.
    const connect = () => {
      const client = createLazyClient({ hostname: "127.0.0.1", port: redis.port });
      return {
        sendCommand: (...command: Parameters<RedisConnection["sendCommand"]>) =>
          refuses
            ? Promise.reject(new Error(`${code} no such user`))
            : client.sendCommand(...command),
        close: () => client.close(),
      };
    };
    const log = new ErrorLog();
    await using queue = new SafeRedisQueue({ connect, onError: log.onError, commandTimeout: 0.3 });
    assert.equal((await rejectionOf(RedisReplyError, queue.put("first"))).code, code);
    refuses = false;
    await queue.put("item");
    refuses = true;
    await rejectionOf(RedisUnavailableError, queue.put("meanwhile"));
    const uid = queue.put("after");
    refuses = false;
    assert.ok(await uid);
  });
}
