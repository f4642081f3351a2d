import assert from "node:assert/strict";
import {
  RedisReplyError,
  RedisUnavailableError,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
} from "../../mod.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const USER = "ü@b:c";
const PASSWORD = "p:/@%#?[] ü";

/** A Redis that lets in {@linkcode USER}, and others only with a password that no test knows. */
async function startGuardedRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  await redis.command("ACL", "SETUSER", USER, "on", `>${PASSWORD}`, "~*", "&*", "+@all");
  // The test's own connection is through already.
  await redis.command("ACL", "SETUSER", "default", `>${crypto.randomUUID()}`);
  return redis;
}

/** Puts an item; resolves to the connection as Redis sees it. */
async function clientOf(
  redis: TestRedis,
  options: SafeRedisQueueOptions,
): Promise<Record<string, string>> {
  await using queue = new SafeRedisQueue({ autocleanInterval: null, ...options });
  await queue.put("item");
  const clients = await redis.clients();
  assert.equal(clients.length, 1);
  return clients[0]!;
}

Deno.test("user and password reach Redis from the URL, percent-encoded, and from the options", async () => {
  await using redis = await startGuardedRedis();
  const { port } = redis;
  const [user, password] = [USER, PASSWORD].map(encodeURIComponent);
  for (
    const options of [
      { url: `redis://${user}:${password}@127.0.0.1:${port}/3` },
      { port, db: 3, username: USER, password: PASSWORD },
      { url: `redis://127.0.0.1:${port}?db=3`, username: USER, password: PASSWORD },
      { url: `redis://${user}:${password}@127.0.0.1:${port}/3`, username: "x", password: "y" },
    ]
  ) {
    const client = await clientOf(redis, options);
    assert.deepEqual([client["user"], client["db"]], [USER, "3"]);
  }
});

Deno.test("a password alone is that of the default user", async () => {
  await using redis = await startRedis();
  await redis.command("CONFIG", "SET", "requirepass", PASSWORD);
  const { port } = redis;
  const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
  for (const options of [{ port, password: PASSWORD }, { url }]) {
    assert.equal((await clientOf(redis, options))["user"], "default");
  }
});

Deno.test("a wrong or missing password is told at once, without the password", async () => {
  await using redis = await startGuardedRedis();
  const { port } = redis;
  for (
    const [options, code] of [
      [{ username: USER, password: "secret" }, "WRONGPASS"],
      [{ url: `redis://:secret@127.0.0.1:${port}` }, "WRONGPASS"],
      [{}, "NOAUTH"],
    ] as const
  ) {
    await using queue = new SafeRedisQueue({ port, ...options });
    for (const call of [() => queue.connect(), () => queue.put("item"), () => queue.get()]) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof RedisReplyError);
        assert.equal(error.code, code);
        assert.match(error.message, RegExp(`127.0.0.1:${port}`));
        assert.ok(!Deno.inspect(error).includes("secret"));
        return true;
      });
    }
  }
});

Deno.test("a unix socket is reached by its URL, with user, password and database", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const socket = `${folder}/100%.sock`;
    await using redis = await startRedis(["--unixsocket", socket]);
    const path = socket.replace("%", "%25");
    const client = await clientOf(redis, { url: `unix://${path}?db=3` });
    const address = client["addr"]!.replace(/^\[(.+)\]:0$/, "$1"); // the brackets are Valkey 9.1's
    assert.deepEqual([address, client["db"]], [`${socket}:0`, "3"]);

    await redis.command("CONFIG", "SET", "requirepass", "secret");
    await clientOf(redis, { url: `unix://:secret@${path}` });
    await using queue = new SafeRedisQueue({ url: `unix://:wrong@${path}` });
    await assert.rejects(queue.put("item"), { code: "WRONGPASS" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a get waits on a unix socket too, and close ends it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const socket = `${folder}/redis.sock`;
    await using redis = await startRedis(["--unixsocket", socket]);
    await using queue = new SafeRedisQueue({ url: `unix://${socket}` });
    await using producer = redis.queue();
    const got = queue.get();
    const uid = await producer.put("item");
    assert.deepEqual(await got, [uid, "item"]);
    const ended = assert.rejects(queue.get(), { name: "QueueClosedError" });
    await queue.close();
    await ended;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "an IPv6 address is reached by hostname and by URL",
  ignore: !hasIpv6(),
  async fn() {
    await using redis = await startRedis(["--bind", "127.0.0.1", "::1"]);
    const { port } = redis;
    for (const options of [{ hostname: "::1", port }, { url: `redis://[::1]:${port}/0` }]) {
      assert.match((await clientOf(redis, options))["addr"]!, /^\[::1\]:/);
    }
  },
});

Deno.test("rediss:// and tls speak TLS from the first byte on, redis:// does not", async () => {
  const TLS_HANDSHAKE = 0x16;
  for (
    const [scheme, tls, encrypted] of [
      ["rediss", undefined, true],
      [undefined, true, true],
      ["redis", true, false],
    ] as const
  ) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const url = scheme && `${scheme}://127.0.0.1:${port}`;
    await using queue = new SafeRedisQueue({ url, port, tls, commandTimeout: 5 });
    const refused = assert.rejects(queue.connect());
    using connection = await listener.accept();
    const first = new Uint8Array(1);
    await connection.read(first);
    assert.equal(first[0] === TLS_HANDSHAKE, encrypted, `${scheme} ${tls}`);
    connection.close();
    await refused;
  }
});

Deno.test("where nothing listens the error names the address, and that nothing happened", async () => {
  await using queue = new SafeRedisQueue({
    url: "redis://me:secret@127.0.0.1:1",
    autocleanInterval: null,
    commandTimeout: 0.1,
    onError: () => {},
  });
  for (
    const call of [() => queue.connect(), () => queue.put("item"), () => queue.get(0.1)]
  ) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof RedisUnavailableError);
      assert.match(error.message, /Cannot .*: Redis at 127.0.0.1:1 cannot be reached/);
      assert.equal(error.mayHaveHappened, false);
      assert.deepEqual(error.uids, []);
      assert.ok(!Deno.inspect(error).includes("secret"));
      return true;
    });
  }
});
