import assert from "node:assert/strict";
import { Deliveries } from "../../../src/worker/deliveries.ts";
import { RedisUnavailableError } from "../../../src/errors.ts";
import { HeldItem } from "../../../src/worker/held_item.ts";
import type { ClaimedItem } from "../../../src/lua/claimed.ts";
import type { Patience } from "../../../src/engine/item_source.ts";
import type { Wish } from "../../../src/engine/wishes.ts";
import type { QueueEngine } from "../../../src/engine/engine.ts";
import { codecOf } from "../../../src/serializers.ts";
import { Worker } from "../../../src/worker/worker.ts";

/** An engine of which only what a test says is there. */
function deliveriesOf(
  { take, fail, ack, giveBack }: {
    take?: (wish: Wish, patience: Patience) => Promise<ClaimedItem[]>;
    fail?: QueueEngine["fails"]["call"];
    ack?: QueueEngine["acks"]["callAll"];
    giveBack?: QueueEngine["giveBack"];
  },
): Deliveries<string> {
  const engine = {
    lease: 60,
    release: () => Promise.resolve([]),
    track: (call: unknown) => call,
    wasPutAgain: () => Promise.resolve(false),
    items: {
      take: async (wish: Wish, patience: Patience) => ({
        ...{ items: await take!(wish, patience), paused: false },
      }),
    },
    fails: { call: fail },
    acks: { callAll: ack },
    giveBack,
  };
  return new Deliveries({
    engine: engine as unknown as QueueEngine,
    codec: codecOf<string>(undefined),
    onError: (error) => assert.fail(String(error)),
  });
}

const claimed = (uid: string) => ({
  ...{ uid, payload: new Uint8Array(), attempt: 1 },
  claim: { lease: 1, at: 1, size: 1 },
});

Deno.test("of items acked in parts those of a part that was confirmed are done", async () => {
  const away = new RedisUnavailableError("away", { mayHaveHappened: true, cause: undefined });
  const deliveries = deliveriesOf({
    ack: (all) => [
      { inputs: all.slice(0, 2), outputs: Promise.resolve(["acked", "gone"] as const) },
      { inputs: all.slice(2), outputs: Promise.reject(away) },
    ],
  });
  const items = ["a", "b", "c"].map((uid) =>
    new HeldItem({
      ...{ claimed: claimed(uid), payload: "", backoff: 0, heartbeat: false, holder: deliveries },
    })
  );

  await assert.rejects(deliveries.ack(items), away);

  assert.deepEqual(items.map(({ outcome }) => outcome), ["acked", "acked", undefined]);
});

Deno.test("a stopped worker counts what its handlers have settled, and the rest as released", async () => {
  const stop = new AbortController();
  const end = Promise.withResolvers<void>();
  const waiting = [["self", "other"].map(claimed)];
  const deliveries = deliveriesOf({
    take: (_, { signal }) =>
      waiting.length > 0
        ? Promise.resolve(waiting.pop()!)
        : new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason))
        ),
    fail: () => Promise.resolve("requeued"),
    ack: (all) => [{ inputs: all, outputs: new Promise(() => {}) }],
  });
  const worker = new Worker<string>({
    deliveries,
    handler: async (item) => {
      if (item.uid === "self") await item.fail({ delay: 0 });
      await end.promise; // both in the same turn, so that Redis is told of both together
    },
    concurrency: 2,
    delivery: { heartbeat: false, backoff: 0 },
    stop: stop.signal,
    shutdownTimeoutMs: 10,
    maxItems: Infinity,
    prefetch: 0,
    untilEmpty: false,
    idle: () => Promise.resolve(),
    onError: (error) => assert.fail(String(error)),
  });

  setTimeout(() => end.resolve(), 5);
  setTimeout(() => stop.abort(), 10);
  await worker.run();

  assert.deepEqual(worker.outcomes, {
    acked: 0,
    failed: 1,
    dead: 0,
    released: 1,
    lost: 0,
    cancelled: 0,
  });
});

const moment = () => new Promise((resolve) => setTimeout(resolve, 5));

Deno.test("a handler that became free while none was to be had ahead gets the next item, though another still runs", async () => {
  const stop = new AbortController();
  const free = Promise.withResolvers<void>();
  const long = Promise.withResolvers<void>();
  const takes: Wish[] = [];
  const deliveries = deliveriesOf({
    take: async (wish, { signal }) => {
      switch (takes.push(wish)) {
        case 1:
          return ["quick", "long"].map(claimed);
        case 2:
          return [claimed("self-acked")];
        case 3:
          free.resolve();
          await moment(); // its handler ends
          return [];
        case 4:
          return [claimed("next")];
      }
      return await new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason))
      );
    },
    ack: (all) => [{ inputs: all, outputs: Promise.resolve(all.map(() => "acked" as const)) }],
  });
  const begun: string[] = [];
  const worker = new Worker<string>({
    deliveries,
    handler: async (item) => {
      begun.push(item.uid);
      if (item.uid === "long") await long.promise;
      if (item.uid !== "self-acked") return;
      await item.ack();
      await free.promise;
    },
    ...{ concurrency: 2, prefetch: 5, maxItems: Infinity, untilEmpty: false },
    delivery: { heartbeat: false, backoff: 0 },
    ...{ stop: stop.signal, shutdownTimeoutMs: 1_000 },
    idle: () => Promise.resolve(),
    onError: (error) => assert.fail(String(error)),
  });
  const ended = worker.run();
  await moment();
  await moment();
  await moment();
  assert.deepEqual(begun, ["quick", "long", "self-acked", "next"]);
  assert.deepEqual(takes.slice(0, 4).map(({ free }) => free), [2, 1, 0, 1]);
  stop.abort();
  long.resolve();
  await ended;
  assert.equal(worker.outcomes.acked, 4);
});

for (const outcome of ["requeued", "unchanged"] as const) {
  Deno.test(`an item that comes again while it is failed, which is answered "${outcome}", is not forgotten`, async () => {
    const later = { ...claimed("a"), claim: { lease: 2, at: 2, size: 1 } };
    const waiting = [[later], [claimed("a")]];
    const answer = Promise.withResolvers<"requeued" | "unchanged">();
    const failed: (number | undefined)[] = [];
    const givenBack: number[] = [];
    const deliveries = deliveriesOf({
      take: () => Promise.resolve(waiting.pop() ?? []),
      fail: ({ lease }) => {
        failed.push(lease);
        return failed.length === 1 ? answer.promise : Promise.resolve("requeued");
      },
      giveBack: (items) => {
        givenBack.push(...items.map(({ claim }) => claim.lease));
        return Promise.resolve([true]);
      },
    });
    const patience = { timeoutMs: -1 };
    const one = { max: 1, free: 1 };
    const { items: [item] } = await deliveries.take(one, patience);

    const told = deliveries.fail(item!, {});
    await moment();
    assert.deepEqual((await deliveries.take(one, patience)).items, []);
    answer.resolve(outcome);
    await told;

    assert.equal(item!.outcome, "failed");
    assert.deepEqual(
      { failed, givenBack },
      outcome === "requeued" ? { failed: [1], givenBack: [2] } : { failed: [1, 2], givenBack: [] },
    );
    deliveries.close();
  });
}
