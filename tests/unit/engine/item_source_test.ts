import assert from "node:assert/strict";
import { CallBatcher } from "../../../src/engine/call_batcher.ts";
import { ItemSource, type ItemSourceOptions } from "../../../src/engine/item_source.ts";
import type { Wish } from "../../../src/engine/wishes.ts";
import type { Claimed } from "../../../src/lua/claimed.ts";
import type { AckOutcome, DoneItem } from "../../../src/lua/parts/acks.ts";

/** A source whose claims are answered by `claim`, and all that it asked for. */
function sourceOf(claim: (wish: Wish, done?: DoneItem[]) => Partial<Claimed>) {
  const asked: Wish[] = [];
  /** How many acks each call of their own had. */
  const acked: number[] = [];
  const acks = new CallBatcher<DoneItem, AckOutcome>({
    maxCount: 1_000,
    run: (items) => {
      acked.push(items.length);
      return Promise.resolve(items.map(() => "acked" as const));
    },
    canRide: (): boolean => source.isClaiming,
  });
  const parts = {
    claimer: {
      claim: (wish: Wish, done?: DoneItem[]) => {
        asked.push(wish);
        const none = { acked: [], items: [], emptied: true, paused: false, shortened: false };
        return Promise.resolve({ ...none, ...claim(wish, done) });
      },
    },
    waiter: {},
    dueWatcher: { learn: () => {} },
    acks,
    batch: { maxCount: 10 },
  };
  const source = new ItemSource(parts as unknown as ItemSourceOptions);
  return { source, asked, acks, acked };
}

const item = {
  ...{ uid: "a", payload: new Uint8Array(), attempt: 2 },
  claim: { lease: 1, at: 1, size: 1 },
};

Deno.test("what may not be taken ahead is left for those who ask for an item in the same turn", async () => {
  const { source, asked } = sourceOf(({ free }) => free === 0 ? {} : { items: [item] });
  const wishes = [{ max: 5, free: 0 }, { max: 1, free: 1 }, { max: 2, free: 2 }];
  const taken = await Promise.all(wishes.map((wish) => source.take(wish, { timeoutMs: -1 })));
  assert.deepEqual(taken.map(({ items }) => items), [[], [item], []]);
  assert.deepEqual(asked, [{ max: 5, free: 0 }, { max: 3, free: 3 }]);
});

Deno.test("all who ask in the same turn learn that the queue is paused", async () => {
  const { source } = sourceOf(() => ({ emptied: false, paused: true }));
  const wishes = [{ max: 1, free: 1 }, { max: 5, free: 1 }, { max: 1, free: 1 }];
  const taken = await Promise.all(wishes.map((wish) => source.take(wish, { timeoutMs: -1 })));
  assert.deepEqual(taken, Array(3).fill({ items: [], paused: true }));
});

for (const { count, alone } of [{ count: 50, alone: [] }, { count: 51, alone: [51] }]) {
  Deno.test(`${count} acks go ${alone.length === 0 ? "along with" : "right behind"} the claim`, async () => {
    const order: string[] = [];
    const { source, acks, acked } = sourceOf((_, done = []) => {
      order.push(`claim with ${done.length} acks, ${acked.length} calls before`);
      return { items: [item], acked: done.map(() => "acked") };
    });
    const done = { uid: "b", lease: 1, claimedAt: 1, claimSize: 1 };
    const outcomes = Promise.all(Array.from({ length: count }, () => acks.call(done)));
    await source.take({ max: 1, free: 1 }, { timeoutMs: -1 });
    assert.deepEqual(await outcomes, Array(count).fill("acked"));
    assert.deepEqual(order, [`claim with ${count - (alone[0] ?? 0)} acks, 0 calls before`]);
    assert.deepEqual(acked, alone);
  });
}
