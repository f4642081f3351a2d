import assert from "node:assert/strict";
import { RedisReplyError, SafeRedisQueue } from "../../mod.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, rejectionsOf, SECRET } from "../helpers/rejection.ts";
import { until } from "../helpers/until.ts";

Deno.test("a wrong, missing or changed password is told at once, and never shown", async () => {
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

  await using queue = open("worker", SECRET);
  const uid = await queue.put("a");
  assert.deepEqual(await queue.get(), [uid, "a"]);
  const waiting = rejectionOf(RedisReplyError, queue.get());
  await until("it waits", async () => await redis.blockedClients() === 1);
  await redis.command("ACL", "SETUSER", "worker", "resetpass", `>${SECRET}-3`);
  await redis.command("CLIENT", "KILL", "USER", "worker");
  assert.equal((await waiting).code, "WRONGPASS");
});
