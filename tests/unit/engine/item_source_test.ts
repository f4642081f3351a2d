import assert from "node:assert/strict";
import { CallBatcher } from "../../../src/engine/call_batcher.ts";
import { ItemSource, type ItemSourceOptions } from "../../../src/engine/item_source.ts";
import type { Wish } from "../../../src/engine/wishes.ts";
import type { Claimed } from "../../../src/lua/claimed.ts";
import type { AckOutcome, DoneItem } from "../../../src/lua/parts/acks.ts";

/** A source whose claims are answered by `claim`, and all that it asked for. */
function sourceOf(claim: (wish: Wish) => Partial<Claimed>): { source: ItemSource; asked: Wish[] } {
  const asked: Wish[] = [];
  const parts = {
    claimer: {
      claim: (wish: Wish) => {
        asked.push(wish);
        const none = { acked: [], items: [], emptied: true, paused: false, shortened: false };
        return Promise.resolve({ ...none, ...claim(wish) });
      },
    },
    waiter: {},
    dueWatcher: { learn: () => {} },
    acks: new CallBatcher<DoneItem, AckOutcome>({ maxCount: 1, run: () => Promise.resolve([]) }),
    batch: { maxCount: 10 },
  };
  return { source: new ItemSource(parts as unknown as ItemSourceOptions), asked };
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
