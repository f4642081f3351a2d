import assert from "node:assert/strict";
import { Alarms, sleep, TimeLimitError, waitFor } from "../../../src/connection/time_limit.ts";

const never = new Promise<never>(() => {});

/** A signal that counts its listeners. */
function countingSignal(controller: AbortController) {
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  return { signal, listeners: () => listeners };
}

Deno.test("waitFor settles as the promise does", async () => {
  assert.equal(await waitFor(Promise.resolve(1), { timeoutMs: 60_000 }), 1);
  const failure = new Error("no");
  await assert.rejects(waitFor(Promise.reject(failure), { timeoutMs: 60_000 }), failure);
});

Deno.test("waitFor gives up when the time is up, with none left or less too", async () => {
  for (const timeoutMs of [5, 0, -1]) {
    await assert.rejects(waitFor(never, { timeoutMs }), TimeLimitError);
  }
});

Deno.test("waitFor prefers an answer that is there to a time that is up", async () => {
  assert.equal(await waitFor(Promise.resolve(1), { timeoutMs: 0 }), 1);
});

Deno.test("waitFor rejects with the signal's reason, aborted before or while it waits", async () => {
  const reason = new Error("enough");
  await assert.rejects(waitFor(never, { signal: AbortSignal.abort(reason) }), reason);

  const controller = new AbortController();
  const waiting = waitFor(never, { signal: controller.signal, timeoutMs: 60_000 });
  controller.abort(reason);
  await assert.rejects(waiting, reason);
});

Deno.test("waitFor hands over what comes too late, and keeps quiet about a late failure", async () => {
  for (
    const limits of [{ timeoutMs: 0 }, { signal: AbortSignal.abort(new TimeLimitError("enough")) }]
  ) {
    const late: string[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    await assert.rejects(
      waitFor(promise, { ...limits, onLate: (v) => late.push(v) }),
      TimeLimitError,
    );
    resolve("too late");
    await promise;
    assert.deepEqual(late, ["too late"]);

    const failing = Promise.withResolvers<string>();
    await assert.rejects(waitFor(failing.promise, limits), TimeLimitError);
    // An unhandled rejection would end the test.
    failing.reject(new Error("too late"));
    await failing.promise.catch(() => {});
  }
});

Deno.test("waitFor takes a limit longer than a timer can be for none", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = waitFor(promise, { timeoutMs: 2 ** 31 });
  // A timer that overflows fires at once, so before this one.
  setTimeout(() => resolve("in time"), 20);
  assert.equal(await waiting, "in time");
});

Deno.test("waitFor leaves no listener on the signal, however it settles", async () => {
  const controller = new AbortController();
  const { signal, listeners } = countingSignal(controller);
  await waitFor(Promise.resolve(1), { signal });
  await assert.rejects(waitFor(Promise.reject(new Error("no")), { signal }));
  await assert.rejects(waitFor(never, { signal, timeoutMs: 1 }));
  assert.equal(listeners(), 0);
  const waiting = waitFor(never, { signal });
  assert.equal(listeners(), 1);
  controller.abort();
  await assert.rejects(waiting);
  assert.equal(listeners(), 0);
});

Deno.test("sleep ends after its time, at once without one, and when its signal aborts", async () => {
  const started = performance.now();
  await sleep(20);
  assert.ok(performance.now() - started >= 19);

  await sleep(0);
  await sleep(-1);
  await sleep(60_000, AbortSignal.abort());
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort();
  await sleeping;
});

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
