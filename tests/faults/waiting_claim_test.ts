import assert from "node:assert/strict";
import type { SafeRedisQueue } from "../../mod.ts";
import type { OpenConnection } from "../../src/connection/redis_connection.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { plainClient } from "../helpers/plain_client.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ErrorLog } from "../helpers/rejection.ts";
import { tapped } from "../helpers/tapped_connection.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { until } from "../helpers/until.ts";

const LONG = 600;
const { popped } = queueKeys("0");

function blocked(redis: TestRedis, count = 1): Promise<void> {
  return until("it waits in Redis", async () => await redis.blockedClients() === count);
}

/** Has waited once, so that its pop and its claim go together from here on. */
async function waitedOnce(redis: TestRedis, queue: SafeRedisQueue): Promise<void> {
  const got = queue.get();
  await blocked(redis);
  await using producer = redis.queue({ autocleanInterval: null });
  await producer.put("first");
  const [uid] = await got;
  await queue.ack(uid!);
}

/** What waits, next first, with no attempt counted, nothing in flight and nothing popped. */
async function assertWaiting(redis: TestRedis, uids: string[]): Promise<void> {
  await until("they wait", async () => (await readState(redis, "0")).queue.length === uids.length);
  const { queue, aging } = await readState(redis, "0");
  assert.deepEqual([queue, aging], [uids.toReversed(), {}]);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
}

Deno.test("a consumer that waits sends nothing between the put of an item and its delivery", async () => {
  await using redis = await startRedis();
  const sent: string[] = [];
  const open = tapped(redis, (commands, send) => {
    sent.push(commands.map(({ command }) => command).join());
    return send(commands);
  });
  const connect: OpenConnection = async (signal) => {
    const connection = await open(signal);
    return {
      ...connection,
      sendCommand: (command, args, options) => {
        if (command !== "XREAD") sent.push(command); // the doorbell's, which has a connection of its own
        return connection.sendCommand(command, args, options);
      },
    };
  };
  await using consumer = redis.queue({ connect, autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  const got = consumer.get();
  await blocked(redis);
  assert.equal(sent.at(-1), "BLMOVE,EVALSHA");
  sent.length = 0;
  const uid = await producer.put("item");
  assert.deepEqual(await got, [uid, "item"]);
  assert.deepEqual(sent, []);
});

Deno.test("a user's connection that sends one command after the other is enough to wait for items", async () => {
  await using redis = await startRedis();
  const connect: OpenConnection = () => {
    const client = plainClient(redis.port);
    let last: Promise<unknown> = Promise.resolve();
    return {
      sendCommand: (command, args, options) => {
        const send = () => client.sendCommand(command, args, options);
        const reply = last.then(send, send);
        last = reply.catch(() => {});
        return reply;
      },
      close: () => client.close(),
    };
  };
  await using consumer = redis.queue({ connect });
  await using producer = redis.queue();
  for (let i = 0; i < 5; i++) {
    const got = consumer.get();
    await blocked(redis);
    const uid = await producer.put(`${i}`);
    assert.deepEqual(await got, [uid, `${i}`]);
    assert.equal(await consumer.ack(uid), true);
  }
});

Deno.test("a script that is flushed while its consumer waits is sent again at once, without another pop", async () => {
  await using redis = await startRedis();
  let waits = 0;
  const connect = tapped(redis, (commands, send) => {
    waits++;
    return send(commands);
  });
  await using consumer = redis.queue({ connect, autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  for (let i = 0; i < 5; i++) {
    const got = consumer.get();
    await blocked(redis);
    waits = 0;
    await redis.command("SCRIPT", "FLUSH");
    const uid = await producer.put(`${i}`);
    assert.deepEqual(await got, [uid, `${i}`]);
    assert.equal(waits, 0);
    await consumer.ack(uid);
  }
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("items put in the same instant as gets are aborted are taken or wait, in order", async () => {
  await using redis = await startRedis();
  await using producer = redis.queue({ autocleanInterval: null });
  await using consumer = redis.queue({ autocleanInterval: LONG });
  await waitedOnce(redis, consumer);
  let unwanted = 0;
  for (let i = 0; i < 200; i++) {
    const stop = new AbortController();
    const got = consumer.get({ signal: stop.signal }).then(([uid]) => uid, () => null);
    await blocked(redis);
    const early = i % 2 === 0 ? producer.putMany(["a", "b"]) : undefined;
    for (let hop = 0; hop < i % 7; hop++) await null;
    stop.abort();
    const uids = await (early ?? producer.putMany(["a", "b"]));
    const uid = await got;
    const next: (string | null)[] = uid === null ? [] : [uid];
    if (uid === null) await assertWaiting(redis, uids);
    while (next.length < uids.length) next.push((await consumer.get(5))[0]);
    assert.deepEqual(next, uids);
    if (uid === null) unwanted++;
    assert.deepEqual(await consumer.ackMany(uids), [true, true]);
  }
  assert.ok(unwanted > 20, `only ${unwanted} came for nobody`);
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("what comes beyond the demand that is left goes back, in order and without attempt", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  const stop = new AbortController();
  const aborted = consumer.getMany(10, { signal: stop.signal }).catch(() => "aborted");
  const got = consumer.get();
  await blocked(redis);
  stop.abort();
  assert.equal(await aborted, "aborted");
  const [first, ...others] = await producer.putMany(["0", "1", "2", "3", "4"]);
  assert.deepEqual(await got, [first, "0"]);
  assert.equal(await consumer.ack(first!), true);
  await assertWaiting(redis, others);
});

Deno.test("demand that grew after the claim was sent is served at once", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  const first = consumer.get();
  await blocked(redis);
  const others = consumer.getMany(10);
  const payloads = ["0", "1", "2", "3", "4"];
  await producer.putMany(payloads);
  const taken = [await first, ...await others].map(([, payload]) => payload);
  assert.deepEqual(taken, payloads);
});

Deno.test("more than fits in the answer of a claim that waited is claimed at once after it", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  const gets = Array.from({ length: 20 }, () => consumer.get());
  await blocked(redis);
  const uids = await producer.putMany(Array.from({ length: 20 }, () => "x".repeat(50_000)));
  const taken = (await Promise.all(gets)).map(([uid]) => uid);
  assert.deepEqual(taken, uids);
});

Deno.test("what is put into a queue that was paused while a consumer waits stays in front until it goes on", async () => {
  await using redis = await startRedis();
  await using consumer = redis.queue({ autocleanInterval: null });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  const got = consumer.get();
  await blocked(redis);
  await producer.pause();
  const uids = await producer.putMany(["a", "b"]);
  await assertWaiting(redis, uids);
  await producer.resume();
  assert.deepEqual(await got, [uids[0], "a"]);
});

Deno.test("what a claim took behind a pop that a full Redis refused is delivered at once", async () => {
  await using redis = await startRedis();
  let fills = false;
  let waits = 0;
  const connect = tapped(redis, async (commands, send) => {
    waits++;
    if (!fills) return await send(commands);
    fills = false;
    // The pop of another consumer has come, and its claim has not.
    await redis.command("HSET", "srq:0:items", "a", "1");
    await redis.command("LPUSH", popped, "a");
    await redis.command("CONFIG", "SET", "maxmemory", 1);
    const replies = await send(commands);
    await redis.command("CONFIG", "SET", "maxmemory", 0);
    return replies;
  });
  await using consumer = redis.queue({ connect, autocleanInterval: null });
  await waitedOnce(redis, consumer);
  fills = true;
  waits = 0;
  assert.deepEqual(await consumer.get(), ["a", "1"]);
  assert.equal(waits, 1, "it waited again before it had the item");
  assert.equal(await consumer.ack("a"), true);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

for (const refusal of ["BUSY Redis is busy running a script.", "LOADING Redis is loading"]) {
  Deno.test(`an item that was popped, and whose claim is refused for now (${refusal}), is delivered at once`, async () => {
    await using redis = await startRedis();
    let refuses = false;
    let waits = 0;
    const connect = tapped(redis, async (commands, send) => {
      waits++;
      if (!refuses) return await send(commands);
      refuses = false;
      const [reply] = await send(commands.slice(0, 1));
      return [reply!, new Error(refusal)];
    });
    const { onError } = new ErrorLog();
    await using consumer = redis.queue({ connect, autocleanInterval: null, onError });
    await using producer = redis.queue({ autocleanInterval: null });
    await waitedOnce(redis, consumer);
    refuses = true;
    waits = 0;
    const got = consumer.get();
    await blocked(redis);
    const uid = await producer.put("item");
    assert.deepEqual(await got, [uid, "item"]);
    assert.equal(waits, 1, "it waited again before it had the item");
    assert.equal(await consumer.ack(uid), true);
    assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
  });
}

Deno.test("a connection killed between pop and claim delays the item by no more than the way to a new one", async () => {
  await using redis = await startRedis();
  let breaks = false;
  const connect = tapped(redis, async (commands, send) => {
    if (!breaks) return await send(commands);
    await send(commands.slice(0, 1));
    breaks = false;
    throw new Deno.errors.UnexpectedEof();
  });
  const { onError } = new ErrorLog();
  await using consumer = redis.queue({ connect, autocleanInterval: null, onError });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  breaks = true;
  const got = consumer.get(9);
  await blocked(redis);
  const uid = await producer.put("item");
  assert.deepEqual(await got, [uid, "item"]);
});

Deno.test("with the answer of pop and claim cut after any number of bytes, the item is delivered at once, once", async () => {
  await using redis = await startRedis();
  await using proxy = new TcpProxy(redis.port);
  const { onError } = new ErrorLog();
  await using consumer = redis.queue({
    ...{ port: proxy.port, lease: LONG, maxAttempts: 1, onError },
  });
  await using producer = redis.queue({ autocleanInterval: null });
  for (let pass = 0;; pass++) {
    await waitedOnce(redis, consumer);
    const cut = proxy.cutReply({ request: (sent) => sent.includes("BLMOVE"), pass });
    const got = consumer.get(9);
    await blocked(redis);
    const uid = await producer.put("item");
    assert.deepEqual(await got, [uid, "item"], `after ${pass} bytes`);
    assert.equal(await consumer.ack(uid), true, `after ${pass} bytes`);
    if (!await cut) break;
  }
  assert.deepEqual(await readState(redis, "0"), EMPTY);
  assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
});

Deno.test("a put that was carried out and not confirmed, since Redis became busy, may have happened", async () => {
  await using redis = await startRedis();
  const connect = tapped(redis, async (commands, send) => {
    const [reply] = await send(commands.slice(0, 1));
    return [reply!, new Error("BUSY Redis is busy running a script.")];
  });
  await using queue = redis.queue({
    ...{ connect, autocleanInterval: null, commandTimeout: 0.3 },
    replicas: { count: 1, timeout: 0.1 },
  });
  const error = await queue.put("item").catch((error) => error);
  assert.deepEqual([error.name, error.mayHaveHappened], ["RedisUnavailableError", true]);
  assert.equal(error.uids.length, 1);
});

Deno.test("a get outlives a demotion of its master between pop and claim", async () => {
  await using other = await startRedis();
  await using redis = await startRedis();
  let demotes = false;
  const connect = tapped(redis, async (commands, send) => {
    if (!demotes) return await send(commands);
    demotes = false;
    const [reply] = await send(commands.slice(0, 1));
    await redis.command("REPLICAOF", "127.0.0.1", other.port);
    return [reply!, ...await send(commands.slice(1))];
  });
  const log = new ErrorLog();
  await using consumer = redis.queue({
    ...{ connect, autocleanInterval: null, commandTimeout: 0.5, onError: log.onError },
  });
  await using producer = redis.queue({ autocleanInterval: null });
  await waitedOnce(redis, consumer);
  demotes = true;
  const got = consumer.get();
  await blocked(redis);
  const uid = await producer.put("item");
  await until("the outage is told", () => log.errors.length > 0);
  assert.match(log.text, /READONLY/);
  await redis.command("REPLICAOF", "NO", "ONE");
  assert.deepEqual(await got, [uid, "item"]);
});
