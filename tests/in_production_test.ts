// What docs/in-production.md says of Redis: its settings, the ACL user, the connections.
import assert from "node:assert/strict";
import { HandlerError } from "../mod.ts";
import { startRedis } from "./helpers/redis.ts";
import { until } from "./helpers/until.ts";

const PAGE = await Deno.readTextFile(new URL("../docs/in-production.md", import.meta.url));
/** The command that makes the user. */
const [SET_USER = ""] = /^ACL SETUSER [^`]+/m.exec(PAGE) ?? [];

/** Those that the library sends by themselves, beside what it calls in scripts. */
const SENT = [
  ...["ping", "select", "info", "command|info", "client|id", "client|unblock"],
  ...["blmove", "xread", "eval", "evalsha"],
];

Deno.test("Redis takes the page's settings", async () => {
  const [, settings = ""] = /^# redis\.conf\n(.*?)^```/ms.exec(PAGE) ?? [];
  const lines = settings.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.equal(lines.length, 4);
  const args = lines.flatMap((line) => `--${line}`.split(" "));
  await using redis = await startRedis(args);
  assert.deepEqual(await redis.command("CONFIG", "GET", "maxmemory-policy"), [
    "maxmemory-policy",
    "noeviction",
  ]);
});

async function* sourcesIn(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourcesIn(new URL(`${name}/`, folder));
    else yield await Deno.readTextFile(new URL(name, folder));
  }
}

Deno.test("the page's ACL user may call what the scripts call, and nothing else", async () => {
  const needed = new Set(SENT);
  for await (const source of sourcesIn(new URL("../src/lua/", import.meta.url))) {
    for (const [, name] of source.matchAll(/redis\.p?call(?:\(|, )'(\w+)'/g)) {
      needed.add(name!.toLowerCase());
    }
  }
  const allowed = Array.from(SET_USER.matchAll(/\+(\S+)/g), ([, name]) => name!);
  assert.deepEqual(allowed.toSorted(), [...needed].sort());
});

Deno.test("the page's ACL user can do all that a queue does", async () => {
  await using redis = await startRedis();
  const [command = "", ...args] = SET_USER.trim().split(/\s+/);
  assert.equal(await redis.command(command, ...args), "OK");
  await using queue = redis.queue({
    url: `redis://mails:password@127.0.0.1:${redis.port}/1`,
    name: "mails",
    autocleanInterval: 0.1,
    maxAttempts: 2,
    onError: (error) => assert.ok(error instanceof HandlerError, String(error)),
  });

  // What the cleaner looks for: an item in no list, and a note of one that Python acked.
  await redis.command("SELECT", 1);
  await redis.command("HSET", "srq:mails:items", "orphan", "good");
  await redis.command("HSET", "srq:mails:attempts", "gone", 1);

  const stop = new AbortController();
  const consuming = queue.consume(async (item) => {
    if (item.payload === "slow") await item.touch();
    if (item.payload === "bad") throw new Error("bad");
  }, { signal: stop.signal, backoff: 0.01 });
  await queue.putMany(["good", "slow", "bad"]);
  await queue.put("bad", { uid: "named", delay: 0.01 });
  await until("two are dead, and the orphan is done", async () => {
    const { dead, totals } = await queue.stats();
    return dead === 2 && totals.put === 4 && totals.acked === 3;
  });
  await until("the note is gone", async () => {
    return await redis.command("HEXISTS", "srq:mails:attempts", "gone") === 0;
  });
  stop.abort();
  await consuming;

  await queue.dead.list();
  await queue.dead.requeue("named");
  await queue.dead.deleteAll();
  await queue.pause();
  await queue.get(0.05);
  await queue.resume();
  const [uid] = await queue.get(1);
  await queue.release(uid!);
  await queue.peek();
  await queue.clear();
  await queue.close();

  const refused = await redis.command("ACL", "LOG") as unknown[];
  assert.deepEqual(refused, []);
});

Deno.test("an instance has one connection, and three while it waits", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ name: "mails" });
  await queue.put("first");
  assert.equal((await redis.clients()).length, 1);

  const stop = new AbortController();
  const consuming = queue.consume(() => {}, { concurrency: 10, signal: stop.signal });
  await until("it waits", async () => (await redis.clients()).length === 3);
  await queue.putMany(Array.from({ length: 100 }, (_, i) => `${i}`));
  await until("all is done", async () => (await queue.stats()).totals.acked === 101);
  assert.equal((await redis.clients()).length, 3);
  stop.abort();
  await consuming;
});
