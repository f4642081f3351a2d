import assert from "node:assert/strict";
import { ReplicationError } from "../../mod.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rejectionOf, SECRET } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

/** Starts a replica that reaches `master` at `port`; resolves when the master counts it among its replicas. */
async function startReplica(master: TestRedis, port = master.port): Promise<TestRedis> {
  const before = await replicasOf(master);
  const replica = await startRedis(["--replicaof", "127.0.0.1", String(port)]);
  await until("the replica is in step", async () => await replicasOf(master) > before);
  return replica;
}

async function replicasOf(master: TestRedis): Promise<number> {
  return String(await master.command("INFO", "replication")).match(/state=online/g)?.length ?? 0;
}

/** A master whose replicas need not wait for others to join. */
function startMaster(): Promise<TestRedis> {
  return startRedis(["--repl-diskless-sync-delay", "0"]);
}

Deno.test("a put resolves when as many replicas have it as are demanded", async () => {
  await using master = await startMaster();
  await using first = await startReplica(master);
  await using second = await startReplica(master);
  await using queue = master.queue({ replicas: { count: 2, timeout: 10 } });
  const uids = [await queue.put("a"), ...await queue.putMany(["b", "c"])];
  // At this moment, not soon.
  for (const replica of [first, second]) {
    assert.deepEqual((await readState(replica, "0")).queue, uids.toReversed());
  }
});

Deno.test("a put that too few replicas confirm rejects with its uid, and the item stays", async () => {
  await using master = await startMaster();
  await using queue = master.queue({ replicas: { count: 1, timeout: 0.3 } });
  const calledAt = performance.now();
  const alone = await rejectionOf(ReplicationError, queue.put(SECRET));
  const elapsed = performance.now() - calledAt;
  assert(elapsed > 290 && elapsed < 2_000, `rejected after ${elapsed} ms`);
  assert.match(alone.message, /^Put an item, but only 0 of 1 replicas confirmed it/);

  await using _replica = await startReplica(master);
  await using demanding = master.queue({ replicas: { count: 2, timeout: 1.5 } });
  const one = await rejectionOf(ReplicationError, demanding.put(SECRET));
  assert.match(one.message, /only 1 of 2 replicas/);
  const many = await rejectionOf(
    ReplicationError,
    demanding.putMany(Array.from({ length: 1_500 }, () => SECRET)),
  );
  assert.equal(many.uids.length, 1_500);

  const uids = [...alone.uids, ...one.uids, ...many.uids];
  assert.deepEqual((await readState(master, "0")).queue, uids.toReversed());
  const got: string[] = [];
  while (got.length < uids.length) {
    const items = await queue.getMany(1_000, -1);
    got.push(...items.map(([uid]) => uid));
  }
  assert.deepEqual(got, uids, "they are items as others are");
  assert((await queue.ackMany(got)).every((done) => done));
  assert.deepEqual(await readState(master, "0"), EMPTY);
});

Deno.test("a put whose confirmation takes long resolves when it comes", async () => {
  await using master = await startMaster();
  await using proxy = new TcpProxy(master.port);
  await using replica = await startReplica(master, proxy.port);
  await using queue = master.queue({
    autocleanInterval: null,
    commandTimeout: 1,
    replicas: { count: 1, timeout: 30 },
  });
  await queue.put("before");
  proxy.freeze();
  let settled = false;
  const put = queue.put("during").finally(() => settled = true);
  await until("it is stored", async () => (await readState(master, "0")).queue.length === 2);
  // Longer than Redis may stay silent otherwise.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assert.equal(settled, false);
  proxy.thaw();
  const uid = await put;
  assert.equal((await readState(replica, "0")).queue[0], uid);
});

Deno.test("a put that is sent again waits for the replicas as the first did", async () => {
  await using master = await startMaster();
  await using link = new TcpProxy(master.port);
  await using replica = await startReplica(master, link.port);
  await using proxy = new TcpProxy(master.port);
  await using patient = master.queue({ replicas: { count: 1, timeout: 10 } });
  await using queue = master.queue({
    port: proxy.port,
    autocleanInterval: null,
    replicas: { count: 1, timeout: 0.3 },
  });
  await patient.put("before");
  await queue.connect();
  link.freeze();
  const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass: 0 });
  const [{ uids }] = await Promise.all([rejectionOf(ReplicationError, queue.put("during")), cut]);
  assert.equal((await readState(master, "0")).queue[0], uids[0]);
  assert.equal((await readState(replica, "0")).queue.length, 1);
});

Deno.test("when the master dies, what was confirmed lives on, what was not is lost, and an ack may be", async () => {
  await using proxies = new AsyncDisposableStack();
  await using replicas = new AsyncDisposableStack();
  let replica: TestRedis;
  let confirmed: string[];
  let unconfirmed: string;
  let doubtful: ReplicationError;
  {
    await using master = await startMaster();
    const proxy = proxies.use(new TcpProxy(master.port));
    replica = replicas.use(await startReplica(master, proxy.port));
    await using plain = master.queue();
    await using safe = master.queue({ replicas: { count: 1, timeout: 10 } });
    await using hasty = master.queue({ replicas: { count: 1, timeout: 0.3 } });
    confirmed = [await safe.put("done"), await safe.put("waiting")];
    proxy.freeze(); // the replica falls behind
    assert.deepEqual(await plain.get(-1), [confirmed[0], "done"]);
    assert.equal(await plain.ack(confirmed[0]!), true);
    unconfirmed = await plain.put("unconfirmed"); // resolves all the same
    doubtful = await rejectionOf(ReplicationError, hasty.put("doubtful"));
  } // the master dies
  await replica.command("REPLICAOF", "NO", "ONE");
  await using queue = replica.queue();
  assert.deepEqual(await queue.get(-1), [confirmed[0], "done"], "it comes again");
  assert.deepEqual(await queue.get(-1), [confirmed[1], "waiting"]);
  assert.deepEqual(await queue.get(-1), [null, null]);
  for (const lost of [unconfirmed, ...doubtful.uids]) assert.equal(await queue.ack(lost), false);
});
