import assert from "node:assert/strict";
import {
  RedisReplyError,
  RedisUnavailableError,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
} from "../../mod.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { freePort } from "../helpers/free_port.ts";
import { runProgram } from "../helpers/program.ts";
import { startRedis } from "../helpers/redis.ts";
import { RedisCluster } from "../helpers/redis_cluster.ts";
import type { RedisNode } from "../helpers/redis_node.ts";
import { ErrorLog, rejectionOf, SECRET } from "../helpers/rejection.ts";
import { drainAll, Traffic } from "../helpers/traffic.ts";
import { until } from "../helpers/until.ts";

const NAME = "{jobs}";
const KEY = queueKeys(NAME).queue;

function queueOf(cluster: RedisCluster, options: SafeRedisQueueOptions = {}): SafeRedisQueue {
  const { onError } = new ErrorLog();
  return new SafeRedisQueue({
    cluster: { nodes: cluster.addresses },
    name: NAME,
    autocleanInterval: 1,
    onError,
    ...options,
  });
}

async function master(cluster: RedisCluster): Promise<RedisNode> {
  const [node] = await cluster.nodesOf(KEY);
  return node!;
}

Deno.test("in a cluster every call reaches the node of the queue's slot", async () => {
  await using cluster = await RedisCluster.start();
  await using queue = queueOf(cluster, { autocleanInterval: 0.3 });
  const waiting = queue.get();
  const uid = await queue.put("first");
  assert.deepEqual(await waiting, [uid, "first"]);
  assert.equal(await queue.fail(uid), true);
  assert.deepEqual(await queue.get(-1), [uid, "first"]);
  assert.equal(await queue.release(uid), true);
  assert.equal(await queue.size(), 1);
  assert.deepEqual(await queue.getMany(9), [[uid, "first"]]);
  assert.deepEqual(await queue.get(5), [uid, "first"], "its lease has run out");
  assert.equal(await queue.ack(uid), true);
  assert.deepEqual(await cluster.keys(), []);

  const uids = await queue.putMany(Array.from({ length: 3_000 }, String));
  assert.deepEqual((await cluster.keys()).sort(), [queueKeys(NAME).items, KEY]);
  const got = await queue.getMany(1_000);
  assert.deepEqual(got.map(([got]) => got), uids.slice(0, 1_000));
  await queue.clear();
  assert.deepEqual(await cluster.keys(), []);

  await using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const nobody = { hostname: "127.0.0.1", port: freePort() };
  const silent = { hostname: "127.0.0.1", port: mute.addr.port };
  for (const address of cluster.addresses.slice(2, 4)) {
    await using other = queueOf(cluster, { cluster: { nodes: [nobody, silent, address] } });
    await other.connect();
    await other.put("through the only node that answers");
  }
});

Deno.test("a process with an idle connection to a cluster ends by itself, and needs no permission but net", async () => {
  await using cluster = await RedisCluster.start();
  const options = JSON.stringify({ cluster: { nodes: cluster.addresses }, name: NAME });
  assert.deepEqual(await runProgram("idles", "--no-prompt", "--allow-net", options), {
    code: 0,
    stdout: "true item true 0\n",
    stderr: "",
  });
});

Deno.test("with its slot's master killed a queue fails over by itself, and what was confirmed is there", async () => {
  await using cluster = await RedisCluster.start();
  const first = await master(cluster);
  // The one given is the one that will be killed: the others have to be known by then.
  const only = { cluster: { nodes: [{ hostname: "127.0.0.1", port: first.port }] } };
  await using producer = queueOf(cluster, { ...only, replicas: { count: 1 } });
  await using consumer = queueOf(cluster, only);
  await using idle = queueOf(cluster, { name: "{jobs}2", ...only });
  const waiting = idle.get();
  waiting.catch(() => {}); // awaited below
  const traffic = new Traffic(producer, consumer);
  await traffic.flows();

  await first.kill();
  const uid = await idle.put("after the failover");
  assert.deepEqual(await waiting, [uid, "after the failover"]);
  await idle.ack(uid);
  await until("all nodes know of the new master", async () => await master(cluster) !== first);
  const second = await master(cluster);

  await first.startAgain();
  await until("the old master is a replica", async () => await first.info("role") === "slave");
  await traffic.flows();
  assert.equal(await master(cluster), second);
  await traffic.end();
  await drainAll(cluster, consumer);
});

Deno.test("a master that is demoted is left at once", async () => {
  await using cluster = await RedisCluster.start();
  await using producer = queueOf(cluster);
  await using consumer = queueOf(cluster);
  await using idle = queueOf(cluster, { name: "{jobs}2" });
  const waiting = idle.get();
  waiting.catch(() => {}); // awaited below
  const traffic = new Traffic(producer, consumer);
  await traffic.flows();
  await cluster.demoteMaster(KEY);
  const demotedAt = performance.now();
  await traffic.flows();
  const uid = await idle.put("after the failover");
  assert.deepEqual(await waiting, [uid, "after the failover"]);
  assert(performance.now() - demotedAt < 3_000);
  await idle.ack(uid);
  await traffic.end();
  assert.deepEqual(traffic.refusals, []);
  await drainAll(cluster, consumer);
});

Deno.test("a slot that moves under a queue takes all along, and nothing is lost or doubled", async () => {
  await using cluster = await RedisCluster.start();
  await using producer = queueOf(cluster, { autocleanInterval: 60 });
  await using consumer = queueOf(cluster, { autocleanInterval: 60 });
  await using idle = queueOf(cluster, { name: "{jobs}2", autocleanInterval: 60 });
  const waiting = idle.get();
  const held = await idle.putMany(["held"]).then(() => waiting);
  const next = idle.get();
  next.catch(() => {}); // awaited below
  const traffic = new Traffic(producer, consumer);
  const before = await cluster.errorCount();
  for (let i = 0; i < 3; i++) {
    await traffic.flows();
    const move = await cluster.moveSlot(KEY);
    while (await move.moveKey()) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 300)); // no key is left, and the slot not yet given away
    await move.end();
  }
  await traffic.flows();
  const after = await cluster.errorCount();
  for (const code of ["MOVED", "ASK", "TRYAGAIN"]) {
    assert((after[code] ?? 0) > (before[code] ?? 0), `${code} was met`);
  }
  assert.equal(await idle.ack(held[0]!), true);
  const uid = await idle.put("after the moves");
  assert.deepEqual(await next, [uid, "after the moves"]);
  await idle.ack(uid);
  await traffic.end();
  assert.deepEqual(traffic.refusals, []);
  assert.deepEqual([...traffic.done.values()].filter((deliveries) => deliveries > 1), []);
  await drainAll(cluster, consumer);
});

Deno.test("a worker whose acks and claims go together does each item once while its slot moves", async () => {
  await using cluster = await RedisCluster.start();
  await using producer = queueOf(cluster, { autocleanInterval: 60 });
  await using consumer = queueOf(cluster, { autocleanInterval: 60 });
  const handled: string[] = [];
  const stop = new AbortController();
  const consumed = consumer.consume(async ({ uid }) => {
    handled.push(uid);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }, { concurrency: 5, prefetch: 20, signal: stop.signal });
  const put: string[] = [];
  let moving = true;
  const produced = (async () => {
    while (moving) put.push(...await producer.putMany(["a", "b", "c", "d", "e"]));
  })();
  for (let i = 0; i < 2; i++) {
    const before = handled.length;
    await until("items flow", () => handled.length > before + 100);
    const move = await cluster.moveSlot(KEY);
    while (await move.moveKey()) await new Promise((resolve) => setTimeout(resolve, 20));
    await move.end();
  }
  moving = false;
  await produced;
  await until("all are done", () => handled.length >= put.length);
  stop.abort();
  await consumed;
  assert.deepEqual(handled.toSorted(), put.toSorted());
  assert.deepEqual(await cluster.keys(), []);
});

Deno.test("items with order keys stay in order, one at a time, while their slot moves and its master is demoted", async () => {
  await using cluster = await RedisCluster.start();
  await using producer = queueOf(cluster, { autocleanInterval: 60 });
  await using consumer = queueOf(cluster, { autocleanInterval: 60 });
  const ORDER_KEYS = ["a", "b", "c"];
  const begun = new Map<string, Set<number>>(ORDER_KEYS.map((key) => [key, new Set()]));
  const inHand = new Set<string>();
  const faults: string[] = [];
  const stop = new AbortController();
  let handled = 0;
  const consumed = consumer.consume(async ({ payload, orderKey, attempt }) => {
    if (inHand.has(orderKey!)) faults.push(`two of ${orderKey} at once`);
    inHand.add(orderKey!);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inHand.delete(orderKey!);
    const number = Number(payload);
    if (number % 7 === 0 && attempt === 1) throw new Error("once");
    if (begun.get(orderKey!)!.size !== number) faults.push(`${number} of ${orderKey}`);
    begun.get(orderKey!)!.add(number);
    handled++;
  }, { concurrency: 10, signal: stop.signal });
  let put = 0;
  let moving = true;
  const produced = (async () => {
    for (; moving; put++) {
      for (const orderKey of ORDER_KEYS) await producer.put(`${put}`, { orderKey });
    }
  })();
  for (let i = 0; i < 2; i++) {
    const before = handled;
    await until("items flow", () => handled > before + 60);
    const move = await cluster.moveSlot(KEY);
    while (await move.moveKey()) await new Promise((resolve) => setTimeout(resolve, 20));
    await move.end();
  }
  const before = handled;
  await cluster.demoteMaster(KEY);
  await until("items flow again", () => handled > before + 60);
  moving = false;
  await produced;
  await until("all are done", () => handled >= ORDER_KEYS.length * put);
  stop.abort();
  await consumed;
  assert.deepEqual(faults, []);
  assert.deepEqual(await cluster.keys(), []);
});

Deno.test("what is wrong with a cluster is told in bounded time, without the password", async () => {
  await using redis = await startRedis();
  const lone = { cluster: { nodes: [{ hostname: "127.0.0.1", port: redis.port }] }, name: NAME };
  await using queue = new SafeRedisQueue(lone);
  assert.match((await rejectionOf(RedisReplyError, queue.put(SECRET))).message, /cluster support/);

  await redis.command("CONFIG", "SET", "requirepass", SECRET);
  await using stranger = new SafeRedisQueue({ ...lone, password: `${SECRET}-not` });
  assert.equal((await rejectionOf(RedisReplyError, stranger.put(SECRET))).code, "WRONGPASS");

  const nodes = [{ hostname: "127.0.0.1", port: freePort() }];
  await using far = new SafeRedisQueue({
    ...lone,
    cluster: { nodes },
    password: SECRET,
    commandTimeout: 1,
    onError: new ErrorLog().onError,
  });
  const startedAt = performance.now();
  const errors = await Promise.all([
    rejectionOf(RedisUnavailableError, far.put(SECRET)),
    rejectionOf(RedisUnavailableError, far.get(0.5)),
  ]);
  assert(performance.now() - startedAt < 3_000);
  for (const { message } of errors) {
    assert.match(message, RegExp(`cluster of 127.0.0.1:${nodes[0]!.port} cannot be reached`));
    assert.match(message, /refused/i);
  }
});
