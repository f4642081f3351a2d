import assert from "node:assert/strict";
import { portionsOf, servedTogether, sumOf, type Wish } from "../../../src/engine/wishes.ts";
import { MAX_ITEMS } from "../../../src/lua/limits.ts";

const plain = (max: number): Wish => ({ max, free: max });
const ahead = (max: number, free = 0): Wish => ({ max, free });

Deno.test("a claim serves one wish that takes items ahead, or all up to the next such one", () => {
  const rows: [wishes: Wish[], served: number][] = [
    [[], 0],
    [[plain(1)], 1],
    [[plain(1), plain(5), plain(2)], 3],
    [[ahead(5)], 1],
    [[ahead(5), ahead(5)], 1],
    [[ahead(5, 4), plain(1)], 1],
    [[plain(1), plain(2), ahead(5), plain(1)], 2],
  ];
  for (const [wishes, served] of rows) {
    assert.deepEqual(servedTogether(wishes), wishes.slice(0, served), Deno.inspect(wishes));
  }
});

Deno.test("a claim asks for what its wishes ask for, and for no more than one call takes", () => {
  assert.deepEqual(sumOf([]), { max: 0, free: 0 });
  assert.deepEqual(sumOf([plain(1), plain(4)]), { max: 5, free: 5 });
  assert.deepEqual(sumOf([ahead(7, 2)]), { max: 7, free: 2 });
  const { max, free } = sumOf([plain(MAX_ITEMS), plain(MAX_ITEMS)]);
  assert.equal(max, MAX_ITEMS);
  assert.ok(free >= max, "none of these is taken ahead");
});

Deno.test("the oldest items go to the first wishes, and wishes that get nothing have no portion", () => {
  const wishes = [plain(2), ahead(3, 1), plain(1)];
  const rows: [items: number[], portions: number[][]][] = [
    [[], []],
    [[1], [[1]]],
    [[1, 2], [[1, 2]]],
    [[1, 2, 3], [[1, 2], [3]]],
    [[1, 2, 3, 4, 5, 6], [[1, 2], [3, 4, 5], [6]]],
    [[1, 2, 3, 4, 5, 6, 7], [[1, 2], [3, 4, 5], [6]]],
  ];
  for (const [items, portions] of rows) assert.deepEqual(portionsOf(items, wishes), portions);
});
