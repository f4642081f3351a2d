import assert from "node:assert/strict";
import {
  RedisReplyError,
  RedisUnavailableError,
  SafeRedisQueue,
  UnsupportedRedisError,
} from "../../mod.ts";
import { bulk, FakeRedis } from "../helpers/fake_redis.ts";
import { lesserServer } from "../helpers/lesser_server.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog, rejectionOf, rejectionsOf, SECRET } from "../helpers/rejection.ts";

/** The answer to COMMAND INFO of a server that has all the commands but the `missing` ones. */
function commandInfo(asked: string[], ...missing: string[]): string {
  const entries = asked.map((name) => missing.includes(name) ? "*-1\r\n" : `*1\r\n${bulk(name)}`);
  return `*${entries.length}\r\n${entries.join("")}`;
}

for (
  const { version, lacks } of [
    { version: "5.0.14", lacks: ["BLMOVE", "HRANDFIELD", "LPOS", "ZMSCORE", "ZRANDMEMBER"] },
    { version: "6.0.16", lacks: ["BLMOVE", "HRANDFIELD", "ZMSCORE", "ZRANDMEMBER"] },
    { version: undefined, lacks: ["ZMSCORE"] },
  ]
) {
  Deno.test(`a server of version ${version} without ${lacks} is told in the first error of each call`, async () => {
    await using server = new FakeRedis(([name, , ...rest]) => {
      if (name === "COMMAND") return commandInfo(rest, ...lacks);
      if (name !== "INFO") return "+OK\r\n";
      return version === undefined
        ? "-ERR unknown command 'INFO'\r\n"
        : bulk(`# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n`);
    });
    const { onError } = new ErrorLog();
    await using queue = new SafeRedisQueue({ hostname: "127.0.0.1", port: server.port, onError });
    const calls = [queue.connect(), queue.put(SECRET), queue.get(), queue.getMany(2, 1)];
    for (const { message } of await rejectionsOf(UnsupportedRedisError, calls)) {
      assert(message.includes(`does not have ${lacks.join(", ")}: Redis 6.2`), message);
      assert(message.includes(version ?? ""), message);
    }
  });
}

Deno.test("an eviction policy that may drop items is reported once", async () => {
  await using redis = await startRedis(["--maxmemory-policy", "allkeys-lru"]);
  const log = new ErrorLog();
  await using queue = redis.queue({ onError: log.onError });
  for (let round = 0; round < 3; round++) {
    await queue.put("a");
    await redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  }
  await queue.put("a");
  assert.match(log.text, /allkeys-lru.*noeviction/);
  assert.equal(log.errors.length, 1);
});

Deno.test("an eviction policy that spares keys without expiry is not reported", async () => {
  await using redis = await startRedis(["--maxmemory-policy", "volatile-lru", "--maxmemory", "1"]);
  const log = new ErrorLog();
  await using queue = redis.queue({ onError: log.onError });
  assert.equal((await rejectionOf(RedisReplyError, queue.put(SECRET))).code, "OOM");
  assert.deepEqual(log.errors, []);
});

/** How Redis 6.2 words an error of a command in a script. */
function answerOf62(error: string): string {
  const hash = "f_0123456789abcdef0123456789abcdef01234567";
  return `-ERR Error running script (call to ${hash}): @user_script:16: ${error}\r\n`;
}

Deno.test("a Redis 6.2 that was demoted is left as well", async () => {
  await using server = new FakeRedis(([name], connection) => {
    if (name === "INFO") return bulk("redis_version:6.2.14\r\n");
    if (name !== "EVALSHA") return "+OK\r\n";
    return connection > 3
      ? bulk("1")
      : answerOf62("@user_script: 16: -READONLY You can't write against a read only replica.");
  });
  await using queue = new SafeRedisQueue({ hostname: "127.0.0.1", port: server.port });
  await queue.put("a");
});

Deno.test("the errors that Redis 6.2 puts into another have their own code", async () => {
  const errors = {
    WRONGTYPE: "WRONGTYPE Operation against a key holding the wrong kind of value",
    NOPERM: "-NOPERM The user executing the script can't run this command or subcommand",
    OOM: "-OOM command not allowed when used memory > 'maxmemory'.",
  };
  for (const [code, text] of Object.entries(errors)) {
    await using server = new FakeRedis(([name]) => {
      if (name === "INFO") return bulk("redis_version:6.2.14\r\n");
      return name === "EVALSHA" ? answerOf62(text) : "+OK\r\n";
    });
    await using queue = new SafeRedisQueue({ hostname: "127.0.0.1", port: server.port });
    const error = await rejectionOf(RedisReplyError, queue.put(SECRET));
    assert.equal(error.code, code);
  }
});

Deno.test("a command that a newer Redis does not permit in a script is named, with its own code", async () => {
  const answer = "-ERR ACL failure in script: User limited has no permissions to run the 'lpush' " +
    "command script: 6cd59f8082b1943b50a8ecff9bf0e5a7833eb1a8, on @user_script:1.\r\n";
  await using server = new FakeRedis(([name]) => {
    if (name === "INFO") return bulk("redis_version:8.0.2\r\n");
    return name === "EVALSHA" ? answer : "+OK\r\n";
  });
  await using queue = new SafeRedisQueue({ hostname: "127.0.0.1", port: server.port });
  const error = await rejectionOf(RedisReplyError, queue.put(SECRET));
  assert.equal(error.code, "NOPERM");
  assert.match(error.message, /'lpush'.*allow the user this command/);
});

Deno.test("a server that is no Redis is left in bounded time", async () => {
  await using server = new FakeRedis(() => "HTTP/1.1 400 Bad Request\r\n\r\n");
  await using queue = new SafeRedisQueue({
    hostname: "127.0.0.1",
    port: server.port,
    commandTimeout: 0.5,
  });
  await rejectionOf(RedisUnavailableError, queue.put(SECRET));
});

Deno.test("a server that has all commands is used, whatever version it says", async () => {
  await using server = new FakeRedis(([name, , ...rest]) => {
    if (name === "COMMAND") return commandInfo(rest);
    if (name === "INFO") return bulk("redis_version:4.0.0\r\nmaxmemory_policy:noeviction\r\n");
    return name === "EVALSHA" ? bulk("1") : "+OK\r\n";
  });
  await using queue = new SafeRedisQueue({ hostname: "127.0.0.1", port: server.port });
  await queue.put("a");
});

Deno.test("a server that does not tell its commands names the one that is missing when it is needed", async () => {
  await using redis = await startRedis();
  const connect = lesserServer(redis, ["COMMAND", "BLMOVE"]);
  const { onError } = new ErrorLog();
  await using queue = redis.queue({ connect, onError });
  const { message } = await rejectionOf(RedisReplyError, queue.get());
  assert.match(message, /BLMOVE.*unknown command.*Redis 6\.2/);
});
