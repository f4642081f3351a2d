import assert from "node:assert/strict";
import { type Backoff, HandlerError, SerializationError, type Serializer } from "../../mod.ts";
import { readExtras } from "../helpers/extra_state.ts";
import { HOSTILE_THENABLE, ODD_ERRORS } from "../helpers/odd_values.ts";
import { startRedis } from "../helpers/redis.ts";
import { withConsoleError } from "../helpers/console_error.ts";

/** Collects what `onError` gets. */
function errorList() {
  const errors: unknown[] = [];
  return { errors, onError: (error: unknown) => void errors.push(error) };
}

function throwing(make: () => unknown): () => never {
  return () => {
    throw make();
  };
}

const errors = { ...ODD_ERRORS, "undefined": () => undefined };

for (const [name, make] of Object.entries(errors)) {
  Deno.test(`a handler may throw ${name}: its item fails, and is dead in the end`, async () => {
    await using redis = await startRedis();
    const { errors, onError } = errorList();
    await using queue = redis.queue({ maxAttempts: 2, onError });
    await queue.putMany(["bad", "good"]);
    const thrown = make();

    const { acked, failed, dead } = await queue.drain(({ payload }) => {
      if (payload === "bad") throw thrown;
    });

    assert.deepEqual([acked, failed, dead], [1, 1, 1]);
    const { inFlight, waiting } = await queue.stats();
    assert.deepEqual([inFlight, waiting], [0, 0]);
    const { items: [letter] } = await queue.dead.list();
    assert.equal(letter!.payload, "bad");
    assert.notEqual(letter!.error, "");
    assert.equal(errors.length, 2);
    for (const error of errors) assert.ok(error instanceof HandlerError && error.cause === thrown);
  });

  Deno.test(`fail takes ${name} for a reason`, async () => {
    await using redis = await startRedis();
    await using queue = redis.queue({ maxAttempts: 1 });
    const uid = await queue.put("item");
    await queue.get();
    assert.equal(await queue.fail(uid, { error: make() }), true);
    const { inFlight, dead } = await queue.stats();
    assert.deepEqual([inFlight, dead], [0, 1]);
  });

  Deno.test(`loads may throw ${name}: its item is dead, and its batch mates are done`, async () => {
    await using redis = await startRedis();
    const { errors, onError } = errorList();
    const thrown = make();
    const serializer: Serializer<string> = {
      dumps: String,
      loads: (data) => {
        if (String(data) === "bad") throw thrown;
        return String(data);
      },
    };
    await using queue = redis.queue({ serializer, onError });
    await queue.putMany(["first", "bad", "last"]);

    const seen: string[] = [];
    const { acked, dead } = await queue.drain(({ payload }) => void seen.push(payload), {
      concurrency: 3,
    });

    assert.deepEqual([acked, dead, seen], [2, 1, ["first", "last"]]);
    const stats = await queue.stats();
    assert.deepEqual([stats.inFlight, stats.waiting, stats.dead], [0, 0, 1]);
    const [error] = errors;
    assert.ok(error instanceof SerializationError && errors.length === 1);
    assert.equal(error.cause, thrown);
    const { items: [letter] } = await queue.dead.list();
    assert.deepEqual([letter!.payload, String.fromCharCode(...letter!.bytes)], [undefined, "bad"]);
  });
}

const backoffs: Record<string, () => unknown> = {
  "returns NaN": () => NaN,
  "returns -1": () => -1,
  'returns "5"': () => "5",
  "returns nothing": () => undefined,
  "returns Infinity": () => Infinity,
  "returns 1e300": () => 1e300,
  "returns 5n": () => 5n,
  "returns an object": () => ({}),
  "returns a promise": () => Promise.resolve(1),
  "returns a promise that rejects": () => Promise.reject(new Error("later")),
  "returns a hostile thenable": () => HOSTILE_THENABLE,
  "throws": throwing(() => new Error("no delay")),
  "throws an object without a prototype": throwing(() => Object.create(null)),
};

for (const [name, backoff] of Object.entries(backoffs)) {
  Deno.test(`a backoff that ${name} is told, and its item comes again a little later`, async () => {
    await using redis = await startRedis();
    const { errors, onError } = errorList();
    await using queue = redis.queue({ onError });
    const uid = await queue.put("item");
    const begun = await redis.now();

    const { failed, ended } = await queue.drain(throwing(() => new Error("no way")), {
      backoff: backoff as Backoff,
    });

    assert.deepEqual([failed, ended], [1, "empty"]);
    const { inFlight, delayed } = await queue.stats();
    assert.deepEqual([inFlight, delayed], [0, 1]);
    const due = (await readExtras(redis, "0")).delayed[uid]!;
    assert.ok(due >= begun + 0.5e6 && due <= await redis.now() + 1e6);
    const [problem] = errors.filter((error) => error instanceof TypeError);
    assert.ok(problem instanceof TypeError && errors.length === 2);
    assert.match(problem.message, /^The option backoff (returned|threw)/);
  });
}

Deno.test("an asynchronous serializer puts nothing, and what it can't read is dead", async () => {
  await using redis = await startRedis();
  const { errors, onError } = errorList();
  await using plain = redis.queue();
  const serializer = {
    dumps: () => Promise.reject(new Error("later")),
    loads: () => Promise.reject(new Error("later")),
  };
  await using queue = redis.queue({
    serializer: serializer as unknown as Serializer<string>,
    onError,
  });

  await assert.rejects(queue.put("item"), /dumps returned a promise/);
  await assert.rejects(queue.putMany(["item"]), /dumps returned a promise/);
  await plain.put("item");
  await queue.drain(() => assert.fail("it was read"));

  const { inFlight, waiting, dead } = await queue.stats();
  assert.deepEqual([inFlight, waiting, dead], [0, 0, 1]);
  assert.match(String(errors), /loads returned a promise/);
});

const hostile = throwing(ODD_ERRORS["a revoked proxy"]!);
const observers: Record<string, () => unknown> = {
  "throws": throwing(() => new Error("no log")),
  "throws a revoked proxy": hostile,
  "rejects": () => Promise.reject(new Error("no log")),
  "returns a hostile thenable": () => HOSTILE_THENABLE,
  "never comes back": () => new Promise(() => {}),
};

for (const [name, onError] of Object.entries(observers)) {
  for (const [how, print] of [["prints", () => {}], ["throws", hostile]] as const) {
    Deno.test(`an onError that ${name} stops nothing, where console.error ${how}`, async () => {
      await using redis = await startRedis();
      await withConsoleError(print, async () => {
        await using queue = redis.queue({ maxAttempts: 2, onError });
        await queue.putMany(["bad", "good"]);
        const { acked, failed, dead } = await queue.drain(({ payload }) => {
          if (payload === "bad") throw new Error("no way");
        }, { backoff: (attempt) => attempt === 1 ? 0 : NaN });
        assert.deepEqual([acked, failed, dead], [1, 1, 1]);
        assert.equal(await queue.inFlight(), 0);
        await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection ends the test
      });
    });
  }
}

Deno.test("without onError every error is printed, whatever the handler threw", async () => {
  await using redis = await startRedis();
  const printed: unknown[] = [];
  await withConsoleError((value) => printed.push(value), async () => {
    await using queue = redis.queue({ onError: undefined, maxAttempts: 1 });
    for (const make of Object.values(errors)) {
      await queue.put("item");
      await queue.drain(throwing(make));
    }
    assert.equal(printed.length, Object.keys(errors).length);
    const { inFlight, dead } = await queue.stats();
    assert.deepEqual([inFlight, dead], [0, printed.length]);
  });
  for (const line of printed) {
    assert.match(String(line), /^Item [0-9a-f-]{36}, attempt 1: [^\n]{1,1000}$/);
  }
});
