import assert from "node:assert/strict";
import { createLazyClient } from "@db/redis";
import {
  exponentialBackoff,
  QueueClosedError,
  type QueueItem,
  type SafeRedisQueue,
} from "../mod.ts";
import { EMPTY, readState } from "./helpers/queue_state.ts";
import { startRedis } from "./helpers/redis.ts";
import { until } from "./helpers/until.ts";

for (const timeout of [NaN, "1", "", null, true, 1n]) {
  Deno.test(`get refuses the timeout ${Deno.inspect(timeout)} before it takes anything`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue();
    await queue.put("item");
    const wrong = timeout as number;
    for (
      const call of [
        () => queue.get(wrong),
        () => queue.get({ timeout: wrong }),
        () => queue.getMany(2, wrong),
        () => queue.pop(wrong),
      ]
    ) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof TypeError);
        assert.ok(error.message.includes(`the timeout ${Deno.inspect(timeout)}:`));
        return true;
      });
    }
    assert.deepEqual([await queue.size(), await queue.inFlight()], [1, 0]);
  });
}

Deno.test("get takes the timeouts Infinity and a million years for no limit", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const gets = [queue.get(Infinity), queue.get(3e13), queue.get(2 ** 31)];
  assert.deepEqual(await queue.get(0.2), [null, null]);
  const uids = await queue.putMany(["1", "2", "3"]);
  assert.deepEqual((await Promise.all(gets)).map(([uid]) => uid), uids);
});

Deno.test("get takes the timeout -0 for 0, which waits, and -Infinity for not at all", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  assert.deepEqual(await queue.get(-Infinity), [null, null]);
  const got = queue.get(-0);
  assert.deepEqual(await queue.get(0.1), [null, null]);
  const uid = await queue.put("item");
  assert.deepEqual(await got, [uid, "item"]);
});

Deno.test("get with the shortest timeouts ends, and takes what is there", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  assert.deepEqual(await queue.get(Number.MIN_VALUE), [null, null]);
  assert.deepEqual(await queue.get(0.0001), [null, null]);
});

/** Each call that takes options, its own as `options` says, and the options that there are. */
const CALLS: Record<string, {
  call: (queue: SafeRedisQueue, options: object, item: QueueItem<string>) => unknown;
  options: string[];
}> = {
  put: {
    call: (queue, options) => queue.put("item", options),
    options: ["delay", "at", "orderKey", "headers", "uid"],
  },
  push: {
    call: (queue, options) => queue.push("item", options),
    options: ["delay", "at", "orderKey", "headers", "uid"],
  },
  putMany: {
    call: (queue, options) => queue.putMany(["1"], options),
    options: ["delay", "at", "orderKey", "headers"],
  },
  get: { call: (queue, options) => queue.get(options), options: ["timeout", "signal"] },
  getMany: { call: (queue, options) => queue.getMany(1, options), options: ["timeout", "signal"] },
  pop: { call: (queue, options) => queue.pop(options), options: ["timeout", "signal"] },
  fail: {
    call: (queue, options, { uid }) => queue.fail(uid, options),
    options: ["delay", "error"],
  },
  "item.fail": { call: (_, options, item) => item.fail(options), options: ["delay", "error"] },
  consume: {
    call: (queue, options) => queue.consume(() => {}, options),
    options: [
      ...["concurrency", "signal", "shutdownTimeout", "backoff", "heartbeat", "maxItems"],
      "prefetch",
    ],
  },
  drain: {
    call: (queue, options) => queue.drain(() => {}, options),
    options: [
      ...["concurrency", "signal", "shutdownTimeout", "backoff", "heartbeat", "maxItems"],
      ...["prefetch", "deadline"],
    ],
  },
  "dead.list": {
    call: ({ dead }, options) => dead.list(options),
    options: ["limit", "cursor"],
  },
  exponentialBackoff: {
    call: (_, options) => exponentialBackoff(options),
    options: ["base", "max", "jitter"],
  },
};

/** What is no object with options, and the type that its error names. */
const NO_OPTIONS: [unknown, string][] = [
  [null, "null"],
  ["secret", "string"],
  [5, "number"],
  [true, "boolean"],
  [() => {}, "function"],
  [["delay", 5], "Array"],
  [new Date(), "Date"],
  [new Error("the reason"), "Error"],
  [AbortSignal.timeout(1), "AbortSignal"],
  [new Map([["delay", 5]]), "Map"],
];

for (const [name, { call, options }] of Object.entries(CALLS)) {
  Deno.test(`${name} refuses options that it does not know, and what is no object with options`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue();
    await queue.putMany(["in hand", "waits"]);
    const items = queue[Symbol.asyncIterator]();
    const item = (await items.next()).value as QueueItem<string>;
    const before = await readState(redis, "0");
    const refused = (wrong: unknown, message: string) =>
      assert.rejects(async () => await call(queue, wrong as object, item), {
        name: "TypeError",
        message,
      });

    for (const unknown of ["dealy", "Signal", "toString", "__proto__x", "0"]) {
      await refused(
        { [unknown]: "secret" },
        `Unknown option ${unknown}: expected one of ${options.join(", ")}`,
      );
    }
    for (const [wrong, type] of NO_OPTIONS) {
      // What is no object is a timeout to them, and refused as one.
      const isTimeout = /get|pop/i.test(name) && (typeof wrong !== "object" || wrong === null);
      if (isTimeout) continue;
      await refused(wrong, `The options are of type ${type}: expected an object`);
    }

    assert.deepEqual(await readState(redis, "0"), before);
    await items.return();
  });
}

Deno.test("a signal that is none is refused before anything is taken", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("item");
  for (const signal of [null, true, {}, new AbortController()]) {
    const options = { signal } as { signal: AbortSignal };
    const message = `The option signal is ${Deno.inspect(signal)}: expected an AbortSignal`;
    await assert.rejects(queue.get(options), { name: "TypeError", message });
    await assert.rejects(queue.getMany(1, options), { name: "TypeError", message });
    await assert.rejects(queue.drain(() => {}, options), { name: "TypeError", message });
  }
  assert.deepEqual([await queue.size(), await queue.inFlight()], [1, 0]);
});

Deno.test("getMany refuses every number of items that is not a whole one above 0", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("item");
  for (const max of [0, -1, 1.5, NaN, Infinity, "2", null, undefined]) {
    await assert.rejects(queue.getMany(max as number, -1), {
      name: "TypeError",
      message: `Cannot get ${Deno.inspect(max)} items: expected a whole number above 0`,
    });
  }
  assert.deepEqual([await queue.size(), await queue.inFlight()], [1, 0]);
});

Deno.test("ack and fail refuse what is no string, and do nothing to any item", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("item");
  await queue.get();
  for (const wrong of [undefined, null, 1, {}, [uid], Symbol("x")]) {
    await assert.rejects(queue.ack(wrong as string), { name: "TypeError", message: /Cannot ack/ });
    await assert.rejects(queue.fail(wrong as string), {
      name: "TypeError",
      message: /Cannot fail/,
    });
    await assert.rejects(queue.ackMany([uid, wrong as string]), TypeError);
  }
  assert.equal(await queue.inFlight(), 1);
  assert.equal(await queue.ack(uid), true);
});

Deno.test("ack and fail of uids that there are not change nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("item");
  const before = await readState(redis, "0");
  for (const uid of ["", "x", "0", "srq:0:queue", "é\u0000\r\n", "\ud800", "u".repeat(1e6)]) {
    assert.equal(await queue.ack(uid), false);
    assert.equal(await queue.fail(uid), false);
  }
  assert.deepEqual(await queue.ackMany([]), []);
  assert.deepEqual(await readState(redis, "0"), before);
});

Deno.test("putMany and ackMany refuse what is no list, a string too", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  for (const wrong of [undefined, null, 5, {}, "letters", { length: 2 }]) {
    await assert.rejects(queue.putMany(wrong as string[]), /Cannot put items: expected an array/);
    await assert.rejects(queue.ackMany(wrong as string[]), /Cannot ack items: expected an array/);
  }
  assert.deepEqual(await queue.putMany([]), []);
  assert.deepEqual(await redis.keys(), []);
});

Deno.test("a signal that is aborted on entry rejects before anything is taken", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await queue.put("item");
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(queue.get({ signal }), reason);
  await assert.rejects(queue.get({ signal, timeout: -1 }), reason);
  await assert.rejects(queue.getMany(3, { signal }), reason);
  assert.deepEqual([await queue.size(), await queue.inFlight()], [1, 0]);
});

Deno.test("a signal that aborts after its get is done does nothing", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const uid = await queue.put("item");
  const controller = new AbortController();
  assert.deepEqual(await queue.get({ signal: controller.signal }), [uid, "item"]);
  controller.abort();
  assert.deepEqual([await queue.size(), await queue.inFlight()], [0, 1]);
});

Deno.test("a signal that aborts without a reason of its own rejects with an AbortError", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await assert.rejects(queue.get({ signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
});

Deno.test("every call after close rejects with a QueueClosedError that names it", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  await queue.put("item");
  await queue.close();
  const calls: Record<string, () => Promise<unknown>> = {
    "connect": () => queue.connect(),
    "put an item": () => queue.put("item"),
    "put items": () => queue.putMany(["item"]),
    "get an item": () => queue.get(-1),
    "ack an item": () => queue.ack("uid"),
    "ack items": () => queue.ackMany(["uid"]),
    "fail an item": () => queue.fail("uid"),
    "count the items": () => queue.size(),
    "clear the queue": () => queue.clear(),
  };
  for (const [action, call] of Object.entries(calls)) {
    await assert.rejects(call, new QueueClosedError(action));
  }
  await assert.rejects(queue.getMany(1), QueueClosedError);
  await assert.rejects(queue.inFlight(), QueueClosedError);
  assert.equal((await readState(redis, "0")).queue.length, 1);
});

Deno.test("close may be called again, before and after it is done", async () => {
  await using redis = await startRedis();
  const queue = redis.queue();
  const got = assert.rejects(queue.get(), QueueClosedError);
  await until("it waits", async () => await redis.blockedClients() === 1);
  await Promise.all([queue.close(), queue.close(), queue[Symbol.asyncDispose]()]);
  await queue.close();
  await got;
});

const names = [
  "",
  " ",
  "with space",
  "a:b:c",
  "{orders}",
  "{",
  "%s",
  "*",
  "[a-z]?",
  "é€😀",
  "\u0000\n\r\t\u001b",
  "srq:0:queue",
  "__proto__",
  "x".repeat(10_000),
];

for (const name of names) {
  Deno.test(`a queue may be called ${JSON.stringify(name.slice(0, 20))}`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ name });
    assert.equal(queue.name, name);
    const got = queue.get();
    const uid = await queue.put("item");
    assert.deepEqual(await got, [uid, "item"]);
    const keys = await redis.keys();
    assert.deepEqual(keys.sort(), [`srq:${name}:ackbuf_aging`, `srq:${name}:items`]);
    assert.equal(await queue.fail(uid), true);
    assert.deepEqual(await queue.get(), [uid, "item"]);
    assert.equal(await queue.ack(uid), true);
    assert.deepEqual(await redis.keys(), []);
  });
}

Deno.test("items may be empty, look like commands, or be megabytes long", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const items = [
    "",
    " ",
    "\r\n",
    "*1\r\n$4\r\nPING\r\n",
    "-ERR no",
    "\u0000",
    "é".repeat(3_000_000),
  ];
  for (const item of items) {
    await queue.put(item);
    const [uid, got] = await queue.get();
    assert.ok(got === item, `${item.slice(0, 20)} came out as ${got?.slice(0, 20)}`);
    assert.equal(await queue.ack(uid!), true);
  }
});

for (const how of ["throws", "rejects"]) {
  Deno.test(`an onError that ${how} stops neither the cleaner nor a waiting get`, async () => {
    await using redis = await startRedis();
    let told = 0;
    const onError = (error: unknown) => {
      told++;
      if (how === "throws") throw error;
      return Promise.reject(error);
    };
    let refusals = 3;
    const log = console.error;
    console.error = () => {};
    try {
      await using queue = redis.queue({
        autocleanInterval: 0.05,
        onError,
        connect: () => {
          if (refusals-- > 0) throw new Error("not yet");
          return createLazyClient({ hostname: "127.0.0.1", port: redis.port, maxRetryCount: 0 });
        },
        commandTimeout: 0.05,
      });
      await redis.command("SET", "srq:0:ackbuf", "of another program");
      const got = queue.get();
      await until("the cleaner has met an error twice", () => told >= 2);
      await redis.command("DEL", "srq:0:ackbuf");
      const uid = await queue.put("item");
      assert.deepEqual(await got, [uid, "item"]);
    } finally {
      console.error = log;
    }
  });
}

/** Whether all of `uids` were acked, in a time that no search of a list for each of them could keep. */
async function ackAll(queue: SafeRedisQueue, uids: string[]): Promise<boolean> {
  const started = performance.now();
  const acked = await queue.ackMany(uids);
  assert.ok(performance.now() - started < 60_000, "it took more than a minute");
  return acked.length === uids.length && acked.every((status) => status);
}

Deno.test("a million items go through one putMany, getMany after getMany, and one ackMany", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ autocleanInterval: null, commandTimeout: 60 });
  const items = Array.from({ length: 1_000_000 }, (_, i) => String(i));
  const uids = await queue.putMany(items);
  assert.equal(new Set(uids).size, items.length);

  let taken = 0;
  while (taken < items.length) {
    for (const [uid, item] of await queue.getMany(1_000)) {
      if (uid !== uids[taken] || item !== items[taken]) assert.fail(`${item} in place of ${taken}`);
      taken++;
    }
  }
  assert.ok(await ackAll(queue, uids));
  assert.deepEqual(await readState(redis, "0"), EMPTY);
});
