import assert from "node:assert/strict";
import {
  queueNames,
  type QueueNamesOptions,
  RedisReplyError,
  RedisUnavailableError,
  type ServerOptions,
} from "../../mod.ts";
import { addNames } from "../../src/queue_names.ts";
import { CountedCommands } from "../helpers/counted_commands.ts";
import { freePort } from "../helpers/free_port.ts";
import { RedisCluster } from "../helpers/redis_cluster.ts";
import { startRedis } from "../helpers/redis.ts";
import { rejectionOf, SECRET } from "../helpers/rejection.ts";
import { connect } from "../helpers/script_table.ts";

/** Names that need care: with the ends of keys in them, braces, patterns, nothing. */
const NAMES = [
  ...["", "0", ":", "a", "a:items", "a:items:queue", "srq:a", "{orders:3}", "{mails}"],
  ...["*", "[x]?", "with space", "line\nbreak", "\ufeffmark", "😀", "ä:ö"],
];

Deno.test("all queues are named, whatever is in their names", async () => {
  await using redis = await startRedis();
  for (const name of NAMES) {
    await using queue = redis.queue({ name, autocleanInterval: null });
    await queue.put("item");
  }
  assert.deepEqual(await queueNames({ url: redis.url }), NAMES.toSorted());
});

Deno.test("a queue is named that has nothing but totals, a pause, or consumers", async () => {
  await using redis = await startRedis();
  assert.deepEqual(await queueNames({ url: redis.url }), []);
  for (const end of ["stats", "paused", "consumers", "ackbuf_aging", "consumer_notes"]) {
    await redis.command("SET", `srq:only ${end}:${end}`, "1");
  }
  const others = [
    "srq:a",
    "srq:items",
    "srqx:a:items",
    "my:srq:a:items",
    "srq:a:items:",
    "srq:a:b",
  ];
  for (const key of others) await redis.command("SET", key, "1");
  await redis.command("SET", Uint8Array.of(...new TextEncoder().encode("srq:"), 255, 58, 105), "1");
  const bytes = [...new TextEncoder().encode("srq:"), 0xff, ...new TextEncoder().encode(":items")];
  await redis.command("SET", Uint8Array.from(bytes), "1");
  assert.deepEqual(await queueNames({ url: redis.url }), [
    ...["only ackbuf_aging", "only consumer_notes", "only consumers", "only paused", "only stats"],
  ]);
});

Deno.test("the search looks at a thousand keys a call, ends at the limit, and in its database", async () => {
  await using redis = await startRedis();
  const keys = Array.from({ length: 20_000 }, (_, i) => [`srq:${i}:items`, "1"]).flat();
  await redis.command("MSET", ...keys);
  const commands = new CountedCommands(redis);
  const names = await queueNames({ connect: commands.connect });
  assert.equal(names.length, 1_000);
  assert(commands.sent.length < 5, `${commands.sent}`);
  assert.equal((await queueNames({ url: redis.url }, { limit: 1e9 })).length, 20_000);
  assert.equal((await queueNames({ url: redis.url }, { limit: 7 })).length, 7);
  assert.deepEqual(await queueNames({ url: `${redis.url}/3` }), []);
});

Deno.test("the search ends when its signal aborts, and leaves no connection", async () => {
  await using redis = await startRedis();
  const keys = Array.from({ length: 20_000 }, (_, i) => [`srq:${i}:items`, "1"]).flat();
  await redis.command("MSET", ...keys);
  await using connection = connect(redis);
  const stop = new AbortController();
  const names = new Set<string>();
  const search = addNames(connection, names, Infinity, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(search, /enough/);
  const aborted = queueNames({ url: redis.url }, {
    signal: AbortSignal.abort(new Error("enough")),
  });
  await assert.rejects(aborted, /enough/);
  await connection.close();
  assert.deepEqual(await redis.clients(), []);
});

Deno.test("the queues of all masters of a cluster are named", async () => {
  await using cluster = await RedisCluster.start();
  const names = ["{a}", "{b}", "{c}", "{d:1}", "{e}", "{f}", "{g}", "{h}"];
  const masters = new Set<number>();
  for (const name of names) {
    const [master] = await cluster.nodesOf(`srq:${name}:stats`);
    masters.add(master!.port);
    await master!.command("HSET", `srq:${name}:stats`, "put", 1);
  }
  assert.equal(masters.size, 3);
  assert.deepEqual(await queueNames({ cluster: { nodes: cluster.addresses.slice(0, 1) } }), names);
});

Deno.test("who may not search is told so, and who finds no Redis", async () => {
  await using redis = await startRedis();
  await redis.command("ACL", "SETUSER", "limited", "on", `>${SECRET}`, "~*", "+@all", "-scan");
  const user = { port: redis.port, username: "limited", password: SECRET };
  const refusal = await rejectionOf(RedisReplyError, queueNames(user));
  assert.match(refusal.message, /Cannot look for queues: .*NOPERM.*scan/i);
  const away = { port: freePort(), commandTimeout: 0.3 };
  await rejectionOf(RedisUnavailableError, queueNames(away));
});

for (
  const [options, search, message] of [
    [{ name: "q" }, {}, /Unknown option name/],
    [{ port: 0 }, {}, /The option port is 0/],
    [{ url: 1 }, {}, /The option url is of type number/],
    ["redis://secret", {}, /The options are of type string/],
    [{}, { limit: 0 }, /The option limit is 0/],
    [{}, { limit: 1.5 }, /The option limit is 1.5/],
    [{}, { limit: "5" }, /The option limit is "5"/],
    [{}, { max: 5 }, /Unknown option max/],
    [{}, { signal: 5 }, /The option signal is 5/],
  ] as unknown as [ServerOptions, QueueNamesOptions, RegExp][]
) {
  Deno.test(`the search refuses ${Deno.inspect(options)} and ${Deno.inspect(search)}`, async () => {
    await assert.rejects(queueNames(options, search), (error) => {
      assert(error instanceof TypeError);
      assert.match(error.message, message);
      return true;
    });
  });
}
