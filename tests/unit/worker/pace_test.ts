import assert from "node:assert/strict";
import { Pace } from "../../../src/worker/pace.ts";

Deno.test("a pace is what was finished in this second, or in the one before if that was more", () => {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    const pace = new Pace();
    const finish = (count: number) => {
      for (let i = 0; i < count; i++) pace.finish();
    };
    assert.equal(pace.perSecond, 0);
    finish(5);
    assert.equal(pace.perSecond, 5);
    time = 1_000;
    assert.equal(pace.perSecond, 5);
    finish(2);
    assert.equal(pace.perSecond, 5);
    time = 2_100;
    assert.equal(pace.perSecond, 2);
    time = 4_200;
    assert.equal(pace.perSecond, 0, "nothing for more than a second");
    finish(1);
    time = 9_000;
    assert.equal(pace.perSecond, 0, "one in five seconds is slow");
  } finally {
    performance.now = now;
  }
});
