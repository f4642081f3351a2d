import assert from "node:assert/strict";
import {
  countText,
  durationText,
  rateText,
  sizeText,
  timeOf,
} from "../../../src/dashboard/view/figures.ts";

Deno.test("numbers are told as people read them", () => {
  assert.deepEqual([0, 999, 1_234_567].map(countText), ["0", "999", "1,234,567"]);
  assert.deepEqual([undefined, 0, 0.04, 0.26, 9.96, 1_234.5].map(rateText), [
    ...["–", "0", "0", "0.3", "10", "1,235"],
  ]);
  assert.deepEqual([0, 1_023, 1_024, 1_500, 99_999, 1_048_575, 3 * 2 ** 40].map(sizeText), [
    ...["0 B", "1,023 B", "1 KiB", "1.5 KiB", "98 KiB", "1 MiB", "3 TiB"],
  ]);
});

Deno.test("durations have one unit or two", () => {
  const texts: [number, string][] = [
    [-5, "0s"],
    [0.4, "0s"],
    [59.6, "1m"],
    [90, "1m 30s"],
    [700, "11m"],
    [3_600, "1h"],
    [7_500, "2h 5m"],
    [86_400 * 400, "400d"],
  ];
  for (const [seconds, text] of texts) assert.equal(durationText(seconds), text);
});

Deno.test("a time is told from now, with the exact time beside it", () => {
  const past = String(timeOf(new Date(Date.now() - 65_000)));
  assert.match(past, />\s*1m 5s ago\s*</);
  assert.match(past, /datetime="\d{4}-\d\d-\d\dT[\d:.]+Z" title="\d{4}-\d\d-\d\d [\d:]+ UTC"/);
  assert.match(String(timeOf(new Date(Date.now() + 7_200_000))), />\s*in 2h\s*</);
  assert.match(String(timeOf(new Date())), />\s*now\s*</);
  assert.match(String(timeOf(undefined)), />–</);
});
