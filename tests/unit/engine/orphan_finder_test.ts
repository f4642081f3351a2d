import assert from "node:assert/strict";
import type { OrphanSearch, OrphanStep } from "../../../src/lua/orphans.ts";
import { OrphanFinder } from "../../../src/engine/orphan_finder.ts";

/** A finder whose steps answer as told, the last one for ever; and the searches it asked for. */
function recordedFinder(answer: (search: OrphanSearch | undefined) => OrphanStep) {
  const searches: (OrphanSearch | undefined)[] = [];
  const finder = new OrphanFinder((search) => {
    searches.push(search);
    return Promise.resolve(answer(search));
  });
  return { finder, searches };
}

const found: OrphanStep = { next: undefined, requeued: 1 };

Deno.test("orphans are looked for only when three passes in a row saw a surplus", async () => {
  const { finder, searches } = recordedFinder(() => found);
  for (const surplus of [1, 1, 0, 1, -1, 5, 5]) await finder.afterPass(surplus);
  assert.equal(searches.length, 0);
  await finder.afterPass(5);
  assert.equal(searches.length, 1);
});

Deno.test("after orphans were found the next search waits for three more passes", async () => {
  const { finder, searches } = recordedFinder(() => found);
  const counts = [];
  for (let i = 0; i < 7; i++) {
    await finder.afterPass(1);
    counts.push(searches.length);
  }
  assert.deepEqual(counts, [0, 0, 1, 1, 1, 2, 2]);
});

Deno.test("a search through a long queue goes on where the pass before ended", async () => {
  const { finder, searches } = recordedFinder((search) => ({
    next: { offset: (search?.offset ?? 0) + 1, suspects: ["a"] },
    requeued: 0,
  }));
  for (let i = 0; i < 4; i++) await finder.afterPass(1);
  const offsets = searches.map((search) => search?.offset ?? 0);
  assert.deepEqual(offsets, offsets.map((_, i) => i));
  assert.ok(offsets.length > 2, "a pass makes more than one step");
});

Deno.test("a pass makes a bounded number of steps", async () => {
  const { finder, searches } = recordedFinder(() => ({ next: undefined, requeued: 0 }));
  for (let i = 0; i < 3; i++) await finder.afterPass(1);
  assert.ok(searches.length <= 20, `${searches.length} steps`);
});

Deno.test("a search ends when the surplus is gone, and a later one begins anew", async () => {
  const { finder, searches } = recordedFinder(() => ({
    next: { offset: 9, suspects: ["a"] },
    requeued: 0,
  }));
  for (let i = 0; i < 3; i++) await finder.afterPass(1);
  await finder.afterPass(0);
  searches.length = 0;
  for (let i = 0; i < 3; i++) await finder.afterPass(1);
  assert.equal(searches[0], undefined);
});
