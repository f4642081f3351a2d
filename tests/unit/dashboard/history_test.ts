import assert from "node:assert/strict";
import type { QueueStats } from "../../../mod.ts";
import { History, WINDOW_MS } from "../../../src/dashboard/history.ts";

/** A multiple of every step. */
const START = 1_800_000_000_000;

function stats(put: number, waiting = 0): QueueStats {
  return {
    ...{
      waiting,
      delayed: 0,
      inFlight: 0,
      dead: 0,
      parked: 0,
      held: 0,
      heldKeys: [],
      consumers: 0,
    },
    ...{ paused: false, oldestAge: null },
    totals: { put, acked: 2 * put, failed: 0, expired: 0, dead: 0 },
  };
}

function historyOf(...samples: [seconds: number, put: number, waiting?: number][]): History {
  const history = new History();
  for (const [seconds, put, waiting] of samples) {
    history.add({ at: START + seconds * 1000, stats: stats(put, waiting) });
  }
  return history;
}

Deno.test("one sample tells no rate", () => {
  assert.equal(historyOf().rates(), undefined);
  assert.equal(historyOf([0, 5]).rates(), undefined);
  assert.deepEqual(new Set(historyOf([0, 5]).rateSeries("put")), new Set([undefined]));
});

Deno.test("a rate is that of the last ten seconds, or of what is known", () => {
  assert.deepEqual(historyOf([0, 0], [2, 10]).rates(), {
    ...{ put: 5, acked: 10, failed: 0, expired: 0, dead: 0 },
  });
  assert.equal(historyOf([0, 0], [10, 1_000], [20, 1_010]).rates()?.put, 1);
});

Deno.test("where nobody looked the rate is the mean over the gap", () => {
  const series = historyOf([0, 0], [100, 1_000]).rateSeries("put");
  assert.deepEqual(series.slice(-20), Array(20).fill(10));
  assert.equal(series.at(-21), undefined);
});

Deno.test("a total that was set back, as clear does, makes no negative rate", () => {
  const history = historyOf([0, 1_000], [10, 50]);
  assert.equal(history.rates()?.put, 5);
  assert.ok(history.rateSeries("put").every((rate) => rate === undefined || rate >= 0));
});

Deno.test("the series of what waits lies on the lines between the samples", () => {
  const series = historyOf([0, 0, 0], [20, 0, 40]).waitingSeries();
  assert.deepEqual(series.slice(-5), [0, 10, 20, 30, 40]);
});

Deno.test("what is older than the window goes, but for the sample before it", () => {
  const history = new History();
  for (let seconds = 0; seconds <= 2_000; seconds += 2) {
    history.add({ at: START + seconds * 1000, stats: stats(seconds) });
  }
  const series = history.rateSeries("put");
  assert.equal(series.length, WINDOW_MS / 5_000 + 1);
  assert.deepEqual(new Set(series.slice(1)), new Set([1]));
});
