import assert from "node:assert/strict";
import {
  RedisReplyError,
  RedisUnavailableError,
  ReplicationError,
  SafeRedisQueue,
  type SafeRedisQueueOptions,
} from "../../mod.ts";
import { bulk, FakeRedis } from "../helpers/fake_redis.ts";
import { freePort } from "../helpers/free_port.ts";
import type { RedisNode } from "../helpers/redis_node.ts";
import { RedisSentinels } from "../helpers/redis_sentinels.ts";
import { ErrorLog, rejectionOf, rejectionsOf, SECRET } from "../helpers/rejection.ts";
import { drainAll, Traffic } from "../helpers/traffic.ts";
import { until } from "../helpers/until.ts";

function queueOf(group: RedisSentinels, options: SafeRedisQueueOptions = {}): SafeRedisQueue {
  const { onError } = new ErrorLog();
  return new SafeRedisQueue({
    sentinel: { name: group.name, nodes: group.addresses },
    autocleanInterval: 1,
    onError,
    ...options,
  });
}

/** Also where the Sentinels cut all its connections as it becomes one. */
async function isReplica(node: RedisNode): Promise<boolean> {
  return await node.info("role").catch(() => undefined) === "slave";
}

Deno.test("with the master killed a queue follows the Sentinels to the next, and what was confirmed is there", async () => {
  await using group = await RedisSentinels.start();
  // When the Sentinels can't agree who leads the failover, they begin again ten seconds later.
  const commandTimeout = 30;
  await using producer = queueOf(group, { replicas: { count: 1 }, commandTimeout });
  await using consumer = queueOf(group, { commandTimeout });
  await using idle = queueOf(group, { name: "idle", commandTimeout });
  const waiting = idle.get();
  waiting.catch(() => {}); // awaited below
  const traffic = new Traffic(producer, consumer);
  await traffic.flows();

  const first = await group.master();
  // One that never answers again, and is asked first: the others know as well.
  group.sentinels[0]!.suspend();
  await first.kill();
  const uid = await idle.put("after the failover");
  assert.deepEqual(await waiting, [uid, "after the failover"]);
  await idle.ack(uid);
  group.sentinels[0]!.resume();
  assert.notEqual(await group.master(), first);

  await first.startAgain();
  await until("the old master is a replica", () => isReplica(first));
  await traffic.flows();
  await traffic.end();
  await drainAll(group, consumer);
});

Deno.test("after SENTINEL FAILOVER a queue leaves the old master, and what was confirmed is there", async () => {
  await using group = await RedisSentinels.start();
  await using producer = queueOf(group, { replicas: { count: 1, timeout: 0.2 } });
  await using consumer = queueOf(group);
  await using idle = queueOf(group, { name: "idle" });
  const waiting = idle.get();
  waiting.catch(() => {}); // awaited below
  const traffic = new Traffic(producer, consumer);
  await traffic.flows();
  for (let round = 0; round < 2; round++) {
    const before = await group.master();
    await group.failOver();
    await until("the old master is a replica", () => isReplica(before));
    const demotedAt = performance.now();
    await traffic.flows();
    assert(performance.now() - demotedAt < 3_000);
  }
  const uid = await idle.put("after the failovers");
  assert.deepEqual(await waiting, [uid, "after the failovers"]);
  await idle.ack(uid);
  await traffic.end();
  assert(traffic.refusals.every((error) => error instanceof ReplicationError), "all were stored");
  await drainAll(group, consumer);
});

Deno.test("a Sentinel that names a replica, or nobody, is passed over", async () => {
  await using group = await RedisSentinels.start();
  const [, replica] = group.servers;
  const naming = (answer: string) =>
    new FakeRedis(([name]) => name === "SENTINEL" ? answer : "+PONG\r\n");
  await using late = naming(`*2\r\n${bulk("127.0.0.1")}${bulk(String(replica!.port))}`);
  await using ignorant = naming("*-1\r\n");
  const nodes = [late, ignorant].map(({ port }) => ({ hostname: "127.0.0.1", port }));
  nodes.push({ hostname: "127.0.0.1", port: freePort() }, ...group.addresses);
  await using queue = queueOf(group, { sentinel: { name: group.name, nodes }, commandTimeout: 4 });
  const uid = await queue.put("through one that knows");
  assert.deepEqual(await queue.get(-1), [uid, "through one that knows"]);
  const waiting = queue.get();
  const next = await queue.put("over the other connection");
  assert.deepEqual(await waiting, [next, "over the other connection"]);
});

Deno.test("Sentinels with a password of their own are asked with it", async () => {
  await using group = await RedisSentinels.start({ password: SECRET });
  for (const username of [undefined, "guard"]) {
    const sentinel = { name: group.name, nodes: group.addresses, username, password: SECRET };
    await using queue = queueOf(group, { sentinel });
    const uid = await queue.put("a");
    assert.deepEqual(await queue.get(), [uid, "a"]);
  }
  const sentinel = { name: group.name, nodes: group.addresses };
  await using stranger = queueOf(group);
  await using liar = queueOf(group, { sentinel: { ...sentinel, password: `${SECRET}-not` } });
  assert.equal((await rejectionOf(RedisReplyError, stranger.put(SECRET))).code, "NOAUTH");
  assert.equal((await rejectionOf(RedisReplyError, liar.put(SECRET))).code, "WRONGPASS");
});

Deno.test("what is wrong with the Sentinels is told in bounded time", async () => {
  await using group = await RedisSentinels.start();
  const nobody = { hostname: "127.0.0.1", port: freePort() };
  for (
    const [sentinel, reason] of [
      [{ name: "another", nodes: group.addresses }, /knows no master called another/],
      [{ name: group.name, nodes: [nobody] }, /refused/i],
      [{ name: group.name, nodes: [group.servers[0]!] }, /unknown command 'SENTINEL'/i],
    ] as const
  ) {
    const nodes = sentinel.nodes.map(({ port }) => ({ hostname: "127.0.0.1", port }));
    await using queue = queueOf(group, { sentinel: { ...sentinel, nodes }, commandTimeout: 2 });
    const calledAt = performance.now();
    const calls = [queue.put(SECRET), queue.get(1.5), queue.get(-1)];
    for (const { message } of await rejectionsOf(Error, calls)) {
      assert.match(message, RegExp(`master ${sentinel.name} of the Sentinels 127.0.0.1:`));
      assert.match(message, reason);
    }
    assert(performance.now() - calledAt < 5_000);
  }
  for (const server of group.servers) await server.kill();
  await using queue = queueOf(group, { commandTimeout: 2 });
  const { message } = await rejectionOf(RedisUnavailableError, queue.put(SECRET));
  assert.match(message, /refused/i);
});
