import assert from "node:assert/strict";
import type { HeldItem } from "../../../src/worker/held_item.ts";
import { ItemsAhead } from "../../../src/worker/items_ahead.ts";
import { until } from "../../helpers/until.ts";

const MIB = 1024 * 1024;

function itemOf(uid: string, bytes = 1): HeldItem<string> {
  return { uid, bytes, keptAt: 0 } as unknown as HeldItem<string>;
}

function aheadOf(options: { most?: number; leaseMs?: number } = {}) {
  const back: string[] = [];
  const ahead = new ItemsAhead<string>({
    ...{ most: 10, leaseMs: 60_000, ...options },
    giveBack: (items) => back.push(...items.map(({ uid }) => uid)),
  });
  return { ahead, back };
}

Deno.test("no more is taken ahead than was finished in the last second, or than is large together", () => {
  const { ahead } = aheadOf({ most: 3 });
  assert.equal(ahead.room, 0);
  for (const room of [1, 2, 3, 3]) {
    ahead.finish();
    assert.equal(ahead.room, room);
  }
  ahead.add(itemOf("a", 4 * MIB - 1));
  assert.equal(ahead.room, 2);
  ahead.add(itemOf("b", 1));
  assert.equal(ahead.room, 0);
  assert.equal(ahead.next()!.uid, "a");
  assert.equal(ahead.room, 2);
  assert.deepEqual(ahead.takeAll().map(({ uid }) => uid), ["b"]);
  assert.equal(ahead.room, 3);
  ahead.close();
});

Deno.test("what slow handlers will not come to goes back, the youngest, in order", async () => {
  const { ahead, back } = aheadOf();
  for (const uid of ["a", "b", "c"]) ahead.add(itemOf(uid));
  ahead.finish();
  await until("some are back", () => back.length > 0);
  assert.deepEqual(back, ["b", "c"]);
  assert.equal(ahead.next()!.uid, "a");
  ahead.close();
});

Deno.test("an item that nobody has extended for most of a lease goes back in place of being begun", async () => {
  const { ahead, back } = aheadOf({ leaseMs: 60 });
  const kept = itemOf("kept");
  ahead.add(itemOf("stale"));
  ahead.add(kept);
  await until("leases may be over", () => performance.now() - kept.keptAt > 50);
  kept.keptAt = performance.now();
  assert.equal(ahead.next(), kept);
  assert.deepEqual(back, ["stale"]);
  assert.equal(ahead.next(), undefined);
  ahead.close();
});
