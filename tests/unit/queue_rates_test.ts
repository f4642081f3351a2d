import assert from "node:assert/strict";
import { ratesBetween, type Sample } from "../../src/queue_rates.ts";

function sampleOf(at: number, put: number, acked: number): Sample {
  const totals = { put, acked, failed: 0, expired: 0, dead: 0 };
  return { at, stats: { totals } as Sample["stats"] };
}

Deno.test("a rate is what was added in a second, also to a total that was set back meanwhile", () => {
  const rates = ratesBetween(sampleOf(1_000, 10, 500), sampleOf(3_000, 13, 4));
  assert.deepEqual(rates, { put: 1.5, acked: 2, failed: 0, expired: 0, dead: 0 });
});
