import assert from "node:assert/strict";
import { QueueClosedError, type SafeRedisQueue } from "../../mod.ts";
import { readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const QUEUES = 20;
const ROUNDS = 100;

/** A way to wait for an item that may end just when one arrives; resolves to its uid, where it got one. */
interface Attempt {
  get: (queue: SafeRedisQueue) => Promise<string | null>;
  /** Whether each attempt needs a queue of its own. */
  closes?: boolean;
}

const attempts: Record<string, Attempt> = {
  aborted: {
    get: async (queue) => {
      const { signal } = within(12);
      try {
        return (await queue.get({ signal }))[0];
      } catch (error) {
        assert.equal(error, signal.reason);
        return null;
      }
    },
  },
  "timed out": { get: async (queue) => (await queue.get(0.001 + Math.random() * 0.012))[0] },
  closed: {
    closes: true,
    get: async (queue) => {
      const got = queue.get().then(([uid]) => uid, (error) => {
        assert(error instanceof QueueClosedError);
        return null;
      });
      await sleep(12);
      await queue.close();
      return await got;
    },
  },
};

for (const [how, attempt] of Object.entries(attempts)) {
  Deno.test(`gets that are ${how} as items arrive strand, lose and double none`, async () => {
    await using redis = await startRedis();
    await using proxy = new TcpProxy(redis.port);
    proxy.delay = () => Math.random() < 0.5 ? Math.random() * 3 : 0;
    const names = Array.from({ length: QUEUES }, (_, i) => `queue ${i}`);
    const outcomes = await Promise.all(names.map((name) => race(redis, proxy, name, attempt)));
    const got = outcomes.reduce((sum, { got }) => sum + got, 0);
    const cancelled = outcomes.reduce((sum, { cancelled }) => sum + cancelled, 0);
    assert(got > 100 && cancelled > 100, `no race: got ${got}, ${how} ${cancelled}`);
  });
}

async function race(redis: TestRedis, proxy: TcpProxy, name: string, attempt: Attempt) {
  // Nobody cleans up: what is stranded stays so.
  const open = () => redis.queue({ name, port: proxy.port, autocleanInterval: null });
  const put: string[] = [];
  const got: string[] = [];
  let cancelled = 0;
  await using producer = redis.queue({ name, autocleanInterval: null });
  {
    await using shared = open();
    for (let round = 0; round < ROUNDS; round++) {
      const queue = attempt.closes ? open() : shared;
      await queue.connect();
      const [early] = await queue.get(0.02); // both its connections are open when the race begins
      const [uid] = await Promise.all([
        attempt.get(queue),
        sleep(6).then(() => producer.put("a")).then((uid) => put.push(uid)),
      ]);
      if (uid === null) cancelled++;
      // The queue is emptied, so that the next get has to wait.
      const rest = await producer.getMany(10, -1);
      const uids = rest.map(([uid]) => uid).concat(uid ?? [], early ?? []);
      got.push(...uids);
      assert.deepEqual(await producer.ackMany(uids), uids.map(() => true));
    }
    await until("what nobody waits for is back", async () => {
      const { ackbuf, aging } = await readState(redis, name);
      return ackbuf.length === 0 && Object.keys(aging).length === 0;
    });
  }
  const state = await readState(redis, name);
  assert.deepEqual(state.ackbuf, []);
  assert.deepEqual(state.aging, {});
  const left = put.filter((uid) => !got.includes(uid));
  assert.deepEqual(state.queue.toSorted(), left.toSorted());
  assert.deepEqual(Object.keys(state.items).sort(), state.queue.toSorted());
  assert.equal(new Set(got).size, got.length);
  return { got: ROUNDS - cancelled, cancelled };
}

function within(ms: number): AbortController {
  const controller = new AbortController();
  sleep(ms).then(() => controller.abort());
  return controller;
}

/** Takes up to `ms` milliseconds. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
}
