import assert from "node:assert/strict";
import { errorText, MAX_ERROR_TEXT } from "../../src/error_text.ts";
import { ODD_ERRORS } from "../helpers/odd_values.ts";

for (const [name, make] of Object.entries(ODD_ERRORS)) {
  Deno.test(`there is a text of ${name}`, () => {
    const text = errorText(make());
    assert.equal(typeof text, "string");
    assert.ok(text !== "" && text.length <= MAX_ERROR_TEXT && text.isWellFormed(), text);
  });
}

Deno.test("the text of an error is its message, or else what it reads as", () => {
  const texts: [unknown, string][] = [
    [new Error("no way"), "no way"],
    [new TypeError(), "TypeError"],
    [{ message: "no error, but has one" }, "no error, but has one"],
    [Object.assign(new RangeError(), { message: 500 }), "RangeError: 500"],
    ["text", "text"],
    [undefined, "undefined"],
    [Object.create(null), "an error without a text"],
    ["é".repeat(2_000), "é".repeat(1_000)],
    [`${"x".repeat(999)}😀`, `${"x".repeat(999)}\ufffd`],
  ];
  for (const [error, text] of texts) assert.equal(errorText(error), text);
});
