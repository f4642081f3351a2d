import assert from "node:assert/strict";
import { Alarms } from "../../../src/connection/alarms.ts";

/** Counts the timers that are set while `action` runs. */
async function timersDuring(action: () => unknown): Promise<number> {
  const { setTimeout } = globalThis;
  let count = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    count++;
    return setTimeout(...args);
  }) as typeof setTimeout;
  try {
    await action();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return count;
}

/** Sets alarms after so many milliseconds each; resolves when all have rung, to their delays as they rang. */
async function ringing(alarms: Alarms, delays: number[]): Promise<number[]> {
  const setAt = performance.now();
  const rung: number[] = [];
  await Promise.all(delays.map((delay) =>
    new Promise<void>((resolve) => {
      alarms.add({
        at: setAt + delay,
        ring: () => {
          assert(performance.now() >= setAt + delay, `${delay} rang early`);
          rung.push(delay);
          resolve();
        },
      });
    })
  ));
  return rung;
}

Deno.test("alarms ring, none of them early", async () => {
  const rung = await ringing(new Alarms(), [30, 10, 20, 0, 40]);
  assert.deepEqual(rung.toSorted(), [0, 10, 20, 30, 40]);
});

Deno.test("an alarm that was set later, for an earlier time, does not wait for the others", async () => {
  const alarms = new Alarms();
  const late = { at: performance.now() + 60_000, ring: () => assert.fail("it rang") };
  alarms.add(late);
  assert.deepEqual(await ringing(alarms, [5]), [5]);
  alarms.delete(late);
});

Deno.test("alarms ring again after all have rung", async () => {
  const alarms = new Alarms();
  assert.deepEqual(await ringing(alarms, [5]), [5]);
  assert.deepEqual(await ringing(alarms, [5]), [5]);
});

Deno.test("an alarm that was deleted does not ring, and those after it do", async () => {
  const alarms = new Alarms();
  const deleted = { at: performance.now() + 5, ring: () => assert.fail("it rang") };
  alarms.add(deleted);
  const others = ringing(alarms, [10]);
  alarms.delete(deleted);
  assert.deepEqual(await others, [10]);
});

Deno.test("a thousand alarms share a timer, and none is left when all are deleted", async () => {
  const alarms = new Alarms();
  const set = Array.from({ length: 1_000 }, (_, i) => ({ at: 1e9 + i, ring: () => {} }));
  assert.equal(await timersDuring(() => set.forEach((alarm) => alarms.add(alarm))), 1);
  // A timer that is left would be a leak, which ends the test.
  for (const alarm of set) alarms.delete(alarm);
});

Deno.test("an alarm for a time that no timer can count to does not ring at once", async () => {
  const alarms = new Alarms();
  const far = { at: performance.now() + 2 ** 40, ring: () => assert.fail("it rang") };
  alarms.add(far);
  assert.deepEqual(await ringing(alarms, [5]), [5]);
  alarms.delete(far);
});
