import assert from "node:assert/strict";
import { extractTimestamp, validate } from "@std/uuid/v7";
import { newUid } from "../../../src/engine/uid.ts";

Deno.test("uids are UUIDs of version 7, none like another", () => {
  const uids = Array.from({ length: 10_000 }, newUid);
  for (const uid of uids) assert(validate(uid), uid);
  assert.equal(new Set(uids).size, uids.length);
});

Deno.test("the random part of a uid takes every value that the format allows, at every place", () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let i = 0; i < 2_000; i++) [...newUid()].forEach((digit, place) => seen[place]!.add(digit));
  // Behind the time, the version (7), the counter and the dashes.
  for (const [place, digits] of seen.entries()) {
    const expected = place < 19 || place === 23
      ? undefined
      : place === 19
      ? "89ab"
      : "0123456789abcdef";
    if (expected) assert.equal([...digits].toSorted().join(""), expected, `place ${place}`);
  }
});

Deno.test("a uid tells when it was made", () => {
  const before = Date.now();
  const times = Array.from({ length: 300 }, () => extractTimestamp(newUid()));
  assert(Math.min(...times) >= before);
  assert(Math.max(...times) <= Date.now());
});

// The clock of the tests that follow is ahead, and uids never go back.

Deno.test("uids sort in the order in which they were made, also where the clock stands still or goes back", () => {
  const { now } = Date;
  try {
    const uids: string[] = [];
    const later = now() + 1e6;
    for (const time of [later, later + 1, later - 9_000, later + 2]) {
      Date.now = () => time;
      for (let i = 0; i < 10_000; i++) uids.push(newUid());
    }
    assert.deepEqual(uids, uids.toSorted());
    assert.equal(new Set(uids).size, uids.length);
  } finally {
    Date.now = now;
  }
});

Deno.test("uids go with the clock, also over a change of its leading digits", () => {
  const { now } = Date;
  try {
    for (const time of [2 ** 41, 2 ** 42, 2 ** 48 - 1]) {
      Date.now = () => time;
      assert.equal(extractTimestamp(newUid()), time);
    }
  } finally {
    Date.now = now;
  }
});
