import assert from "node:assert/strict";
import { AnswerAge } from "../../../src/engine/answer_age.ts";

Deno.test("an answer is as late as it is behind the most prompt one, whatever the clocks say", () => {
  const age = new AnswerAge();
  const redisTime = 1e15;
  assert.equal(age.of(redisTime, 500), 0);
  assert.equal(age.of(redisTime + 1_000_000, 1_400), 0, "the first was not prompt");
  assert.equal(age.of(redisTime + 2_000_000, 4_400), 2_000);
});

Deno.test("when Redis's clock was set back, only the first answer after that seems late", () => {
  const age = new AnswerAge();
  age.of(1e15, 500);
  assert.equal(age.of(1e15 - 60e6, 501), 60_001);
  age.forget();
  age.of(1e15 - 60e6, 502);
  assert.equal(age.of(1e15 - 60e6, 503), 1);
});
