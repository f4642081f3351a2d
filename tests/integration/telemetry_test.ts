import assert from "node:assert/strict";
import {
  type ProcessSpan,
  QueueError,
  type QueueTelemetry,
  type SendSpan,
  type Telemetry,
} from "../../mod.ts";
import { NO_EXTRAS, readExtras } from "../helpers/extra_state.ts";
import { ODD_ERRORS } from "../helpers/odd_values.ts";
import { EMPTY, readState } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { rejectionOf } from "../helpers/rejection.ts";

/** Notes all that it is told. */
class Notes implements Telemetry {
  readonly notes: unknown[] = [];
  headers: Record<string, string> = { traceparent: "trace" };

  forQueue(queue: unknown): QueueTelemetry {
    this.notes.push(["queue", queue]);
    const end = (of: unknown) => (end: unknown) => this.notes.push([of, "end", end]);
    return {
      send: ({ uids, isBatch, headers }) => {
        this.notes.push(["send", uids.length, isBatch, headers]);
        return { headers: this.headers, end: end("send") };
      },
      process: ({ headers, attempt }) => {
        this.notes.push(["process", attempt, headers]);
        return { within: (handle) => handle(), end: end("process") };
      },
      settle: ({ operation, items }) => {
        this.notes.push([operation, items.map(({ headers }) => headers)]);
        return { end: end(operation) };
      },
      receive: (count) => this.notes.push(["receive", count]),
    };
  }
}

Deno.test("telemetry hears of puts, handlers, and what became of items, and sends headers along", async () => {
  await using redis = await startRedis();
  const telemetry = new Notes();
  await using queue = redis.queue({ telemetry, onError: () => {}, autocleanInterval: null });
  const { notes } = telemetry;
  assert.deepEqual(notes.splice(0), [
    ["queue", { name: "0", address: "127.0.0.1", port: redis.port }],
  ]);

  await queue.put("a", { headers: { tenant: "acme", traceparent: "own" } });
  await queue.putMany(["b", "c"]);
  await queue.putMany([]);
  assert.deepEqual(notes.splice(0), [
    ["send", 1, false, { tenant: "acme", traceparent: "own" }],
    ["send", "end", {}],
    ["send", 2, true, {}],
    ["send", "end", {}],
  ]);
  const own = { tenant: "acme", traceparent: "own" }, added = { traceparent: "trace" };
  assert.deepEqual((await queue.peek(3)).map(({ headers }) => headers), [own, added, added]);

  const error = new Error("of the handler");
  await queue.drain(() => Promise.reject(error), { maxItems: 1 });
  assert.deepEqual(notes.splice(0), [
    ["process", 1, own],
    ["process", "end", { outcome: undefined, failure: { error } }],
    ["fail", [own]],
    ["fail", "end", {}],
  ]);
  await queue.drain((item) => item.fail().then(() => {}), { maxItems: 1 });
  await queue.drain(async (item) => {
    await item.release();
    throw new Error("it was told to leave off");
  }, { maxItems: 1 });
  assert.deepEqual(notes.splice(0).filter((note) => (note as string[])[1] === "end"), [
    ["fail", "end", {}],
    ["process", "end", { outcome: "failed" }],
    ["release", "end", {}],
    ["process", "end", { outcome: "released", failure: undefined }],
  ]);

  const [uid] = await queue.get(-1);
  await queue.ack(uid!);
  assert.deepEqual((await queue.getMany(5, -1)).length, 2);
  assert.deepEqual(await queue.getMany(5, -1), []);
  assert.deepEqual(notes.splice(0), [
    ...[["receive", 1], ["ack", [undefined]], ["ack", "end", {}], ["receive", 2]],
  ]);
});

Deno.test("telemetry hears of a put that fails, and the put fails in the same way", async () => {
  const telemetry = new Notes();
  await using redis = await startRedis();
  await using queue = redis.queue({ telemetry, autocleanInterval: null });
  await redis.command("SET", "srq:0:queue", "of another program");
  for (const put of [() => queue.put("a"), () => queue.putMany(["a"])]) {
    telemetry.notes.length = 0;
    const error = await rejectionOf(QueueError, put());
    const [, [, , end]] = telemetry.notes as [unknown, [unknown, unknown, { failure: unknown }]];
    assert.equal((end.failure as { error: Error }).error.message, error.message);
  }
});

Deno.test("headers of telemetry that do not fit are left out, and what was given stays", async () => {
  await using redis = await startRedis();
  const telemetry = new Notes();
  await using queue = redis.queue({ telemetry });
  const large = { own: "x".repeat(8_000) };
  telemetry.headers = { traceparent: "trace", baggage: "y".repeat(500), more: "z" };
  await queue.put("a", { headers: large });
  assert.deepEqual((await queue.peek())[0]!.headers, {
    ...large,
    traceparent: "trace",
    more: "z",
  });
});

const boom = () => {
  throw new Error("of the telemetry");
};
const rejects = () => Promise.reject(new Error("of the telemetry"));
// deno-lint-ignore no-explicit-any -- all that a user's object may be
const hooks = (parts: any): Telemetry => ({ forQueue: () => parts });
// deno-lint-ignore no-explicit-any -- the same
const sends = (span: any) => hooks({ send: () => span as SendSpan });
// deno-lint-ignore no-explicit-any -- the same
const processes = (span: any) => hooks({ process: () => span as ProcessSpan });

const bad: Record<string, Telemetry> = {
  "forQueue throws": { forQueue: boom },
  "forQueue returns nothing": { forQueue: () => undefined as unknown as QueueTelemetry },
  "forQueue is asynchronous": { forQueue: rejects as unknown as () => QueueTelemetry },
  "all throw": hooks({ send: boom, process: boom, settle: boom, receive: boom }),
  "all reject": hooks({ send: rejects, process: rejects, settle: rejects, receive: rejects }),
  "all return null": hooks({
    ...{ send: () => null, process: () => null, settle: () => null, receive: () => null },
  }),
  "no hook is a function": hooks({ send: 1, process: "2", settle: {}, receive: [] }),
  "send has headers that are no text": sends({ headers: { a: 5, b: null }, end: () => {} }),
  "send has headers with half a character": sends({ headers: { a: "\ud83d" }, end: () => {} }),
  "send has headers that throw": sends({
    get headers() {
      return boom();
    },
    end: () => {},
  }),
  "send has no end": sends({ headers: { a: "1" } }),
  "send's end throws": sends({ end: boom }),
  "send's end rejects": sends({ end: rejects }),
  "process has no within": processes({ end: () => {} }),
  "within does not call the handler": processes({ within: () => {}, end: () => {} }),
  "within calls the handler twice": processes({
    within: (handle: () => void) => (handle(), handle()),
    end: () => {},
  }),
  "within calls the handler, then throws": processes({
    within: (handle: () => void) => (handle(), boom()),
    end: () => {},
  }),
  "within calls the handler later": processes({
    within: (handle: () => void) => void setTimeout(handle, 5),
    end: () => {},
  }),
  "within rejects": processes({ within: rejects, end: () => {} }),
  "process' end throws": processes({ within: (handle: () => void) => handle(), end: boom }),
  "settle's end throws": hooks({ settle: () => ({ end: boom }) }),
  ...Object.fromEntries(
    Object.entries(ODD_ERRORS).map(([name, make]) => [
      `what is thrown is ${name}`,
      hooks({
        send: () => {
          throw make();
        },
      }),
    ]),
  ),
};

for (const [name, telemetry] of Object.entries(bad)) {
  Deno.test(`telemetry harms no item, and is reported once at most: ${name}`, async () => {
    await using redis = await startRedis();
    const errors: Error[] = [];
    await using queue = redis.queue({
      telemetry,
      maxAttempts: 1,
      onError: (error) => void errors.push(error as Error),
    });
    await queue.put("a", { headers: { own: "text" } });
    await queue.putMany(["b", "c", "d"]);
    const seen: string[] = [];
    const { acked, dead } = await queue.drain(async ({ payload, headers }) => {
      seen.push(payload);
      assert.equal(headers.own, payload === "a" ? "text" : undefined);
      await Promise.resolve();
      if (payload === "b") throw new Error("of the handler");
    });
    assert.deepEqual([seen, acked, dead], [["a", "b", "c", "d"], 3, 1]);
    await queue.dead.deleteAll();
    await queue.put("e");
    const [uid] = await queue.get(-1);
    assert.equal(await queue.ack(uid!), true);
    assert.deepEqual(await readState(redis, "0"), EMPTY);
    assert.deepEqual(await readExtras(redis, "0"), NO_EXTRAS);
    const told = errors.filter(({ message }) => message.startsWith("The telemetry has failed"));
    assert.ok(told.length <= 1, `${told}`);
    assert.equal(errors.length - told.length, 1, `${errors}`);
    if (/throw|reject/.test(name)) assert.equal(told.length, 1);
  });
}

Deno.test("puts with telemetry keep the order in which they were called", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue({ telemetry: new Notes() });
  const items = Array.from({ length: 100 }, (_, i) => String(i));
  await Promise.all([
    ...items.slice(0, 40).map((item) => queue.put(item)),
    queue.putMany(items.slice(40, 60)),
    ...items.slice(60).map((item) => queue.put(item)),
  ]);
  assert.deepEqual((await queue.getMany(100, -1)).map(([, item]) => item), items);
});
