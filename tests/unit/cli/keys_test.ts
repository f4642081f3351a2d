import assert from "node:assert/strict";
import { keysIn } from "../../../src/cli/io/keys.ts";

for (
  const [text, keys] of [
    ["", []],
    ["jkq", ["j", "k", "q"]],
    ["\x1b[A\x1b[B\x1bOA\x1bOB", ["up", "down", "up", "down"]],
    ["\x1b[C\x1b[D\x1b[5~\x1b[6~", ["right", "left", "page up", "page down"]],
    ["\r\n\x7f\x03", ["enter", "enter", "backspace", "ctrl-c"]],
    ["\x1b", ["escape"]],
    ["\x1bq", ["escape", "q"]],
    ["\x1b[1;5Aq", ["\x1b[1;5A", "q"]], // Ctrl and up: no key of ours, and no q of its own
    ["😀ü", ["😀", "ü"]],
  ] as const
) {
  Deno.test(`the keys in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(keysIn(text), keys);
  });
}
