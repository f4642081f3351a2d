import assert from "node:assert/strict";
import { chart, sparkline } from "../../../src/dashboard/view/chart.ts";

function linesOf(markup: unknown): string[] {
  return Array.from(String(markup).matchAll(/<path class="line \w+" d="([^"]*)"/g), ([, d]) => d!);
}

function chartOf(...values: (number | undefined)[]): string {
  return String(chart([{ name: "put", values, now: "7" }], "In a second"));
}

Deno.test("a curve reaches from side to side, with the highest value at the top", () => {
  assert.deepEqual(linesOf(chartOf(0, 10, 5)), ["M0.0 119.0L300.0 1.0L600.0 60.0"]);
});

Deno.test("where nothing is known there is a gap, and one value alone is no line", () => {
  const [line] = linesOf(chartOf(1, 1, undefined, 1, 1));
  assert.equal(line!.match(/M/g)!.length, 2);
  assert.deepEqual(linesOf(chartOf(undefined, 1, undefined)), []);
  assert.deepEqual(linesOf(sparkline([undefined, undefined], "Waiting", "nothing")), []);
});

Deno.test("the scale ends at a round number", () => {
  const tops: [number, string][] = [[0, "1"], [0.4, "1"], [7, "8"], [24, "30"], [4_100, "5,000"]];
  for (const [highest, top] of tops) {
    const [, shown] = /class="scale muted">([^<]*)</.exec(chartOf(0, highest))!;
    assert.equal(shown, top);
  }
});

Deno.test("a chart is told to those who can't see it", () => {
  assert.match(chartOf(1, 2), /role="img" aria-label="In a second: put 7"/);
});
