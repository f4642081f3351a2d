import assert from "node:assert/strict";
import { LeaseCleaner, type LeaseCleanerOptions } from "../../../src/engine/lease_cleaner.ts";
import type { CleanStep } from "../../../src/lua/autoclean.ts";
import { FakeIntervals, turn } from "../../helpers/fake_intervals.ts";

const NOTHING: CleanStep = {
  ...{ stamped: 0, expired: 0, surplus: 0, marked: false, ghosts: 0, held: 0, nextEndMs: 0 },
  more: false,
};
const MORE: CleanStep = { ...NOTHING, expired: 500, more: true };

/** A cleaner whose steps answer as told, the last one for ever; and what it did. */
function recordedCleaner(
  answers: (CleanStep | Error)[],
  options: Partial<LeaseCleanerOptions> = {},
) {
  const did = { steps: 0, surpluses: [] as number[], errors: [] as unknown[] };
  const cleaner = new LeaseCleaner({
    clean: () => {
      const answer = answers[did.steps++] ?? answers.at(-1)!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    afterPass: ({ surplus }) => {
      did.surpluses.push(surplus);
      return Promise.resolve();
    },
    lease: 60,
    idleInterval: 10,
    onError: (error) => did.errors.push(error),
    ...options,
  });
  return { cleaner, did };
}

Deno.test("the cleaner passes ten times in a lease, and at least every five seconds", () => {
  for (const [lease, length] of [[1, 100], [30, 3_000], [50, 5_000], [60, 5_000], [1e6, 5_000]]) {
    using intervals = new FakeIntervals();
    const { cleaner } = recordedCleaner([NOTHING], { lease: lease! });
    cleaner.start();
    assert.deepEqual([...intervals.lengths.values()], [length]);
    cleaner.stop();
    assert.equal(intervals.lengths.size, 0);
  }
});

Deno.test("the cleaner's timer does not keep the process alive", () => {
  using intervals = new FakeIntervals();
  const { cleaner } = recordedCleaner([NOTHING]);
  cleaner.start();
  assert.deepEqual(intervals.unreferenced, new Set(intervals.lengths.keys()));
  cleaner.stop();
});

Deno.test("the cleaner starts once, and not again after its end", async () => {
  using intervals = new FakeIntervals();
  const { cleaner, did } = recordedCleaner([NOTHING]);
  cleaner.start();
  cleaner.start();
  await intervals.tick();
  assert.equal(did.steps, 1);
  cleaner.stop();
  cleaner.start();
  assert.equal(intervals.lengths.size, 0);
});

Deno.test("a pass goes on as long as there is more, and tells the surplus at its end", async () => {
  using intervals = new FakeIntervals();
  const { cleaner, did } = recordedCleaner([MORE, MORE, { ...NOTHING, surplus: 7 }]);
  cleaner.start();
  await intervals.tick();
  assert.deepEqual(did, { steps: 3, surpluses: [7], errors: [] });
  cleaner.stop();
});

Deno.test("passes do not overlap", async () => {
  using intervals = new FakeIntervals();
  const { promise, resolve } = Promise.withResolvers<CleanStep>();
  let steps = 0;
  const { cleaner } = recordedCleaner([], {
    clean: () => {
      steps++;
      return promise;
    },
  });
  cleaner.start();
  await intervals.tick();
  await intervals.tick();
  assert.equal(steps, 1);
  resolve(NOTHING);
  await turn();
  await intervals.tick();
  assert.equal(steps, 2);
  cleaner.stop();
});

Deno.test("an error in a pass is told and does not stop the timer", async () => {
  using intervals = new FakeIntervals();
  const failure = new Error("Redis is away");
  const { cleaner, did } = recordedCleaner([failure, NOTHING, MORE, failure, NOTHING]);
  cleaner.start();
  for (let i = 0; i < 4; i++) await intervals.tick();
  assert.deepEqual(did, { steps: 5, surpluses: [0, 0], errors: [failure, failure] });
  cleaner.stop();
});

Deno.test("an error in the search for orphans is told and does not stop the timer", async () => {
  using intervals = new FakeIntervals();
  const failure = new Error("Redis is away");
  const { cleaner, did } = recordedCleaner([NOTHING], { afterPass: () => Promise.reject(failure) });
  cleaner.start();
  for (let i = 0; i < 2; i++) await intervals.tick();
  assert.deepEqual(did, { steps: 2, surpluses: [], errors: [failure, failure] });
  cleaner.stop();
});

Deno.test("stop waits for nothing, and a pass under way goes no further", async () => {
  using intervals = new FakeIntervals();
  const { promise, resolve } = Promise.withResolvers<CleanStep>();
  let steps = 0;
  const { cleaner, did } = recordedCleaner([], {
    clean: () => {
      steps++;
      return promise;
    },
  });
  cleaner.start();
  await intervals.tick();
  cleaner.stop();
  resolve(MORE);
  await turn();
  assert.equal(steps, 1);
  assert.deepEqual(did.surpluses, []);
});

Deno.test("an error after stop is nobody's business", async () => {
  using intervals = new FakeIntervals();
  const { promise, reject } = Promise.withResolvers<CleanStep>();
  const { cleaner, did } = recordedCleaner([], { clean: () => promise });
  cleaner.start();
  await intervals.tick();
  cleaner.stop();
  reject(new Error("the connection was closed"));
  await turn();
  assert.deepEqual(did.errors, []);
});

for (
  const { lease, idleInterval, everyMs } of [
    { lease: 60, idleInterval: 10, everyMs: 10_000 },
    { lease: 60, idleInterval: 60, everyMs: 60_000 },
    { lease: 20, idleInterval: 60, everyMs: 20_000 },
    { lease: 600, idleInterval: 1, everyMs: 5_000 },
  ]
) {
  Deno.test(`while no lease ends, a pass comes every ${everyMs} ms with a lease of ${lease} s and an idleInterval of ${idleInterval} s`, async () => {
    using intervals = new FakeIntervals();
    const quiet = { ...NOTHING, nextEndMs: undefined };
    const busy = [
      ...[NOTHING, { ...NOTHING, nextEndMs: -5 }, { ...NOTHING, nextEndMs: NaN }],
      ...[{ ...quiet, surplus: 1 }, { ...quiet, ghosts: 1 }],
    ];
    const { cleaner, did } = recordedCleaner([...busy, quiet], { lease, idleInterval });
    cleaner.start();
    const [tickMs] = [...intervals.lengths.values()];
    const tick = async () => {
      intervals.pass(tickMs!);
      await intervals.tick();
    };
    for (let i = 0; i <= busy.length; i++) await tick();
    assert.equal(did.steps, busy.length + 1); // a pass at each tick, until one finds nothing
    for (let i = 0; i < 3 * everyMs / tickMs!; i++) await tick();
    assert.equal(did.steps, busy.length + 1 + 3);
    cleaner.stop();
  });
}

Deno.test("the pass after a lease's end comes as soon as ever, however rarely others come", async () => {
  using intervals = new FakeIntervals();
  const held = { ...NOTHING, nextEndMs: 42_000 };
  const { cleaner, did } = recordedCleaner([held], { lease: 60, idleInterval: 60 });
  cleaner.start();
  const passes: number[] = [];
  for (let seconds = 0; seconds < 60; seconds += 5) {
    intervals.pass(5_000);
    await intervals.tick();
    if (did.steps > passes.length) passes.push(seconds);
  }
  assert.deepEqual(passes, [0, 40]);
  cleaner.stop();
});

Deno.test("a pass comes at once if it is asked for, after the one under way, and not after the end", async () => {
  using intervals = new FakeIntervals();
  const first = Promise.withResolvers<CleanStep>();
  let steps = 0;
  const { cleaner } = recordedCleaner([], {
    clean: () => ++steps === 1 ? first.promise : Promise.resolve(NOTHING),
  });
  cleaner.start();
  await intervals.tick();
  const asked = cleaner.passNow();
  await turn();
  assert.equal(steps, 1);
  first.resolve(NOTHING);
  await asked;
  await turn();
  assert.equal(steps, 2);
  cleaner.stop();
  await cleaner.passNow();
  assert.equal(steps, 2);
});
