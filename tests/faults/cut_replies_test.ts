import assert from "node:assert/strict";
import { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { ack } from "../../src/lua/ack.ts";
import { autoclean } from "../../src/lua/autoclean.ts";
import { claim, type ClaimRequest } from "../../src/lua/claim.ts";
import { clear } from "../../src/lua/clear.ts";
import { findOrphans } from "../../src/lua/orphans.ts";
import { put } from "../../src/lua/put.ts";
import { fail } from "../../src/lua/fail.ts";
import { release } from "../../src/lua/release.ts";
import { stats } from "../../src/lua/stats.ts";
import { touch } from "../../src/lua/touch.ts";
import { openerOf } from "../../src/connection/open.ts";
import { EMPTY, type QueueState, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { ErrorLog } from "../helpers/rejection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

interface Case {
  name: string;
  before: Partial<QueueState>;
  call: (connection: SupervisedConnection, keys: QueueKeys) => Promise<unknown>;
  /** What the call resolves to when it was sent again. */
  returns: unknown;
  /** The scores of leases that began in the call are left out. */
  after: Partial<Omit<QueueState, "aging">> & { aging?: string[] };
}

const A = { uid: "a", payload: "apple" };
const B = { uid: "b", payload: "banana" };
const items = { a: "apple", b: "banana" };
const inFlight = { items, aging: { a: 1, b: 2 } };
const YEAR = 365 * 24 * 3600;

const FIRST_CLAIM: ClaimRequest = {
  ...{ max: 1, maxBytes: 1_000, lease: 60, maxAttempts: 0 },
  ...{ instance: "A", number: 1, read: 0 },
};

const cases: Case[] = [
  {
    name: "a put stores and queues its items once",
    before: {},
    call: async (connection, keys) => (await put(connection, keys, [A, B])).isNew,
    returns: [false, false],
    after: { items, queue: ["b", "a"] },
  },
  {
    name: "a claim gets what it took",
    before: { items, queue: ["b", "a"] },
    call: async (connection, keys) => uidsOf(await claim(connection, keys, FIRST_CLAIM)),
    returns: ["a"],
    after: { items, queue: ["b"], aging: ["a"] },
  },
  {
    name: "a claim that asks for less then gets that, and the rest waits again",
    before: { items, queue: ["b", "a"] },
    call: async (connection, keys) =>
      uidsOf(
        await claim(connection, keys, {
          ...FIRST_CLAIM,
          max: 2,
          limitsAfter: () => ({ max: 1, maxBytes: 1 }),
        }),
      ),
    returns: ["a"],
    after: { items, queue: ["b"], aging: ["a"] },
  },
  {
    name: "a touch gives a lease that it knows",
    before: { items, aging: { a: 1, b: 2 } },
    call: async (connection, keys) => {
      const held = [{ uid: "a", lease: 1 }];
      const [lease] = await touch(connection, keys, held, { length: 60, instance: "A" });
      return lease !== undefined;
    },
    returns: true,
    after: { items, aging: ["a", "b"] },
  },
  {
    name: "an ack of a delivery deletes its item",
    before: inFlight,
    call: (connection, keys) =>
      ack(connection, keys, [{ uid: "a", lease: 1, claimedAt: 1, claimSize: 1 }]),
    returns: ["gone"],
    after: { items: { b: "banana" }, aging: ["b"] },
  },
  {
    name: "an ack deletes its items",
    before: inFlight,
    call: (connection, keys) => ack(connection, keys, [{ uid: "a" }]),
    returns: ["gone"],
    after: { items: { b: "banana" }, aging: ["b"] },
  },
  {
    name: "a claim that acks deletes what is done, and gets what it took",
    before: { items, aging: { a: 1 }, queue: ["b"] },
    call: async (connection, keys) => {
      const done = [{ uid: "a", lease: 1, claimedAt: 1, claimSize: 1 }];
      const claimed = await claim(connection, keys, { ...FIRST_CLAIM, done });
      return [claimed.acked, uidsOf(claimed)];
    },
    returns: [["gone"], ["b"]],
    after: { items: { b: "banana" }, aging: ["b"] },
  },
  {
    name: "a fail requeues its items once",
    before: { ...inFlight, aging: { a: 1 }, queue: ["b"] },
    call: (connection, keys) => fail(connection, keys, [{ uid: "a" }]),
    returns: ["unchanged"],
    after: { items, queue: ["a", "b"] },
  },
  {
    name: "a release requeues its items once",
    before: { ...inFlight, aging: { a: 1 }, queue: ["b"] },
    call: (connection, keys) => release(connection, keys, [{ uid: "a" }]),
    returns: [false],
    after: { items, queue: ["b", "a"] },
  },
  {
    name: "an autoclean step stamps and requeues once",
    before: { items, ackbuf: ["b"], aging: { a: 1 } },
    call: async (connection, keys) => {
      const { nextEndMs: _, ...counts } = await autoclean(connection, keys, YEAR);
      return counts;
    },
    returns: { stamped: 0, expired: 0, surplus: 0, marked: true, ghosts: 0, held: 0, more: false },
    after: { items, queue: ["a"], aging: ["b"] },
  },
  {
    name: "a search for lost items requeues them once",
    before: { items, queue: ["b"] },
    call: (connection, keys) => findOrphans(connection, keys),
    returns: { next: undefined, requeued: 0 },
    after: { items, queue: ["a", "b"] },
  },
  {
    name: "counts are right",
    before: { ...inFlight, queue: ["c"] },
    call: async (connection, keys) => {
      const { waiting, inFlight } = await stats(connection, keys);
      return [waiting, inFlight];
    },
    returns: [0, 2],
    after: { items, queue: ["c"], aging: ["a", "b"] },
  },
  {
    name: "a clear leaves nothing",
    before: { ...inFlight, queue: ["c"] },
    call: clear,
    returns: undefined,
    after: {},
  },
];

for (const { name, before, call, returns, after } of cases) {
  Deno.test(`with its reply cut after any number of bytes, ${name}`, async () => {
    await using redis = await startRedis();
    await using proxy = new TcpProxy(redis.port);
    const connection = new SupervisedConnection({
      ...openerOf({ hostname: "127.0.0.1", port: proxy.port }, "any key"),
      commandTimeoutMs: 10_000,
    });
    try {
      // Redis knows the script from here on: the reply that is cut is that of its call.
      await call(connection, queueKeys("first"));
      for (let pass = 0;; pass++) {
        const queue = `after ${pass} bytes`;
        await seed(redis, queue, before);
        const cut = proxy.cutReply({ request: (sent) => sent.includes("EVALSHA"), pass });
        const [returned, wasCut] = await Promise.all([call(connection, queueKeys(queue)), cut]);
        if (!wasCut) break;
        const { aging, ...state } = await readState(redis, queue);
        assert.deepEqual(
          { ...state, aging: Object.keys(aging).sort() },
          { ...EMPTY, aging: [], ...after },
          queue,
        );
        assert.deepEqual(returned, returns, queue);
      }
    } finally {
      await connection.close();
    }
  });
}

function uidsOf({ items }: { items: { uid: string }[] }): string[] {
  return items.map(({ uid }) => uid);
}

Deno.test("with the reply of its pop cut after any number of bytes, a waiting get gets the item, once", async () => {
  await using redis = await startRedis();
  await using proxies = new AsyncDisposableStack();
  const cutAfter = [0, 1, 2, 3, 4, 5, 6, 20, 40];
  const gets = cutAfter.map((pass) => {
    const proxy = proxies.use(new TcpProxy(redis.port));
    const { onError } = new ErrorLog();
    const queue = proxies.use(
      redis.queue({ name: `pop ${pass}`, port: proxy.port, lease: 10, onError }),
    );
    const cut = proxy.cutReply({ request: (sent) => sent.includes("BLMOVE"), pass });
    return { queue, cut, got: queue.get(20) };
  });
  await until("all wait", async () => await redis.blockedClients() === cutAfter.length);

  await using putters = new AsyncDisposableStack();
  for (const { queue } of gets) {
    await putters.use(redis.queue({ name: queue.name })).put(queue.name);
  }
  await Promise.all(gets.map(async ({ queue, cut, got }) => {
    assert.equal(await cut, true);
    const [uid, item] = await got;
    assert.equal(item, queue.name);
    assert.equal(await queue.ack(uid!), true);
    assert.deepEqual(await readState(redis, queue.name), EMPTY);
  }));
});
