import assert from "node:assert/strict";
import { sparkline } from "../../../src/cli/io/sparkline.ts";

Deno.test("a sparkline shows numbers relative to the highest", () => {
  assert.equal(sparkline([0, 7, 3.5, 7]), "▁█▅█");
  assert.equal(sparkline([0, 0]), "▁▁");
  assert.equal(sparkline([1e9]), "█");
  assert.equal(sparkline([]), "");
});
