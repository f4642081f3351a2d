import assert from "node:assert/strict";
import { type Backoff, delayAfter, exponentialBackoff } from "../../../src/worker/backoff.ts";
import { LONGEST_DELAY } from "../../../src/delay.ts";
import { HOSTILE_THENABLE, ODD_ERRORS } from "../../helpers/odd_values.ts";

/** The delay after the third attempt, and what was wrong. */
function third(backoff: unknown): { delay: number; problems: TypeError[] } {
  const problems: TypeError[] = [];
  const delay = delayAfter(backoff as Backoff, 3, (problem) => problems.push(problem));
  return { delay, problems };
}

function assertReplaced({ delay, problems }: ReturnType<typeof third>, text: string): void {
  assert.ok(delay >= 2 && delay <= 4, `${delay} is none of exponentialBackoff's third delays`);
  const [problem] = problems;
  assert.ok(problem instanceof TypeError && problems.length === 1);
  assert.ok(problem.message.includes(text), problem.message);
}

Deno.test("a backoff's delay is the number it returns, or is", () => {
  for (const delay of [0, -0, 0.5, 3600, LONGEST_DELAY]) {
    assert.deepEqual(third(delay), { delay, problems: [] });
    assert.deepEqual(third(() => delay), { delay, problems: [] });
  }
  assert.deepEqual(third((attempt: number) => attempt * 2), { delay: 6, problems: [] });
});

const wrong: [unknown, string][] = [
  [NaN, "NaN"],
  [-1, "-1"],
  [Infinity, "Infinity"],
  [1e300, "1e+300"],
  [LONGEST_DELAY + 1, "3155760001"],
  ["5", '"5"'],
  [5n, "5n"],
  [null, "null"],
  [undefined, "undefined"],
  [true, "true"],
  [Symbol("x"), "Symbol(x)"],
  [[5], "an object"],
  [ODD_ERRORS["a revoked proxy"]!(), "an object"],
  [() => 5, "a function"],
  [Promise.resolve(5), "a promise"],
  [HOSTILE_THENABLE, "a promise"],
];

for (const [delay, text] of wrong) {
  Deno.test(`a backoff that returns ${text} is told and replaced`, () => {
    assertReplaced(third(() => delay), `returned ${text} for the attempt 3: expected seconds`);
  });
}

Deno.test("a promise of a backoff may reject, and nobody minds", async () => {
  assertReplaced(third(() => Promise.reject(new Error("later"))), "returned a promise");
  assertReplaced(third(async () => await Promise.reject(new Error("later"))), "a promise");
  await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection ends the test
});

for (const [name, make] of Object.entries(ODD_ERRORS)) {
  Deno.test(`a backoff that throws ${name} is told and replaced`, () => {
    const error = make();
    const outcome = third(() => {
      throw error;
    });
    assertReplaced(outcome, "threw for the attempt 3: ");
    assert.equal(outcome.problems[0]!.cause, error);
  });
}

Deno.test("exponentialBackoff gives a delay for every attempt", () => {
  const attempts = [1, 2, 64, 2_000, 1e300, Infinity, 0, -5, NaN];
  for (const options of [{}, { base: 0 }, { max: 0 }, { base: 0, max: 0 }, { jitter: 1 }]) {
    for (const attempt of attempts) {
      const delay = exponentialBackoff(options)(attempt);
      assert.ok(delay >= 0 && delay <= 3600, `${delay} after the attempt ${attempt}`);
    }
  }
  const steady = exponentialBackoff({ base: 2, max: LONGEST_DELAY, jitter: 0 });
  assert.deepEqual([1, 2, 3, 2_000].map(steady), [2, 4, 8, LONGEST_DELAY]);
});

Deno.test("exponentialBackoff refuses what is no delay, and says what is", () => {
  for (const value of [-1, NaN, Infinity, 1e300, "5", null, 5n, {}]) {
    for (const name of ["base", "max"]) {
      assert.throws(() => exponentialBackoff({ [name]: value }), {
        name: "TypeError",
        message: RegExp(`option ${name} is .*: expected seconds from 0 to 3155760000`),
      });
    }
  }
  for (const jitter of [-0.1, 1.1, NaN, "0.5", null]) {
    assert.throws(() => exponentialBackoff({ jitter: jitter as number }), /option jitter is /);
  }
});
