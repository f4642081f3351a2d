import assert from "node:assert/strict";
import { GivenUp, pause, within } from "../../../src/connection/deadline.ts";

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

Deno.test("within settles as the promise does", async () => {
  assert.equal(await within(Promise.resolve(1), { timeoutMs: 60_000 }), 1);
  const failure = new Error("no");
  await assert.rejects(within(Promise.reject(failure), { timeoutMs: 60_000 }), failure);
});

Deno.test("within gives up when the time is up, with none left or less too", async () => {
  for (const timeoutMs of [5, 0, -1]) {
    await assert.rejects(within(never, { timeoutMs }), GivenUp);
  }
});

Deno.test("within prefers an answer that is there to a time that is up", async () => {
  assert.equal(await within(Promise.resolve(1), { timeoutMs: 0 }), 1);
});

Deno.test("within rejects with the signal's reason, aborted before or while it waits", async () => {
  const reason = new Error("enough");
  await assert.rejects(within(never, { signal: AbortSignal.abort(reason) }), reason);

  const controller = new AbortController();
  const waiting = within(never, { signal: controller.signal, timeoutMs: 60_000 });
  controller.abort(reason);
  await assert.rejects(waiting, reason);
});

Deno.test("within hands over what comes too late, and keeps quiet about a late failure", async () => {
  for (
    const limits of [{ timeoutMs: 0 }, { signal: AbortSignal.abort(new GivenUp("enough")) }]
  ) {
    const late: string[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    await assert.rejects(within(promise, { ...limits, onLate: (v) => late.push(v) }), GivenUp);
    resolve("too late");
    await promise;
    assert.deepEqual(late, ["too late"]);

    const failing = Promise.withResolvers<string>();
    await assert.rejects(within(failing.promise, limits), GivenUp);
    // An unhandled rejection would end the test.
    failing.reject(new Error("too late"));
    await failing.promise.catch(() => {});
  }
});

Deno.test("within takes a limit longer than a timer can be for none", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = within(promise, { timeoutMs: 2 ** 31 });
  // A timer that overflows fires at once, so before this one.
  setTimeout(() => resolve("in time"), 20);
  assert.equal(await waiting, "in time");
});

Deno.test("within leaves no listener on the signal, however it settles", async () => {
  const controller = new AbortController();
  const { signal, listeners } = countingSignal(controller);
  await within(Promise.resolve(1), { signal });
  await assert.rejects(within(Promise.reject(new Error("no")), { signal }));
  await assert.rejects(within(never, { signal, timeoutMs: 1 }));
  assert.equal(listeners(), 0);
  const waiting = within(never, { signal });
  assert.equal(listeners(), 1);
  controller.abort();
  await assert.rejects(waiting);
  assert.equal(listeners(), 0);
});

Deno.test("pause ends after its time, at once without one, and when its signal aborts", async () => {
  const started = performance.now();
  await pause(20);
  assert.ok(performance.now() - started >= 19);

  await pause(0);
  await pause(-1);
  await pause(60_000, AbortSignal.abort());
  const controller = new AbortController();
  const paused = pause(60_000, controller.signal);
  controller.abort();
  await paused;
});
