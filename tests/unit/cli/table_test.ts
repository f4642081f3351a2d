import assert from "node:assert/strict";
import { unicodeWidth } from "@std/cli/unicode-width";
import { type Column, tableText } from "../../../src/cli/io/table.ts";

const COLUMNS: Column[] = [{ title: "NAME", max: 6 }, { title: "N", right: true }];
/** Of one and two cells, of one with a letter before its accent, and of two in four code units. */
const NAMES = ["plain", "天地", "Éte\u0301", "🦕", ""];

/** The lines of a table on a terminal of so many cells. */
function linesOf(names: string[], width: number): string[] {
  const rows = names.map((name, i) => [name, `${i + 1}`]);
  return tableText(COLUMNS, rows, { width, colors: false }).trimEnd().split("\n");
}

Deno.test("the columns of a table are aligned, whatever the width of its letters", () => {
  assert.deepEqual(linesOf(NAMES, 80), [
    "NAME   N",
    "plain  1",
    "天地   2",
    "Éte\u0301    3",
    "🦕     4",
    "       5",
  ]);
});

Deno.test("a cell that is too wide is cut, never within a letter", () => {
  const [, ...lines] = linesOf(
    ["天地玄黃", "12345e\u0301", "1234e\u030167", "🦕🦕🦕🦕", "123456"],
    80,
  );
  const cells = lines.map((line) => line.slice(0, -3).trimEnd());
  assert.deepEqual(cells, ["天地…", "12345e\u0301", "1234e\u0301…", "🦕🦕…", "123456"]);
});

Deno.test("a line is cut where the terminal ends", () => {
  for (let width = 1; width <= 9; width++) {
    const lines = linesOf(NAMES, width);
    assert.ok(lines.every((line) => unicodeWidth(line) <= width), lines.join("\n"));
  }
});

Deno.test("without a terminal no cell is cut", () => {
  assert.equal(tableText(COLUMNS, [["天地玄黃宇宙", "1"]], undefined), "天地玄黃宇宙\t1\n");
});
