import assert from "node:assert/strict";
import { readHeaders, writeHeaders } from "../../src/headers.ts";
import { SECRET } from "../helpers/rejection.ts";

/** The name and quotes of `{"a":""}`. */
const FRAME = 8;

const TAKEN: Record<string, Record<string, string>> = {
  "some text": { traceparent: "00-1-2-01", "": "empty name", "empty value": "" },
  "text of any kind": { "käse": '€\u0000\r\n"\\', "🎈": "🎈" },
  "names of an object's own": JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}'),
  "names that are numbers": { 1: "one", 0: "zero" },
  "an object without a prototype": Object.assign(Object.create(null), { a: "1" }),
  "8 KiB of ASCII": { a: "x".repeat(8_192 - FRAME) },
  "8 KiB of wide characters": { a: "€".repeat((8_192 - FRAME) / 3) },
};

for (const [name, headers] of Object.entries(TAKEN)) {
  Deno.test(`headers come out as they went in: ${name}`, () => {
    const read = readHeaders(writeHeaders(headers));
    assert.deepEqual(Object.entries(read), Object.entries(headers));
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
  });
}

Deno.test("no headers are written for none, and for an empty object", () => {
  assert.equal(writeHeaders(undefined), undefined);
  assert.equal(writeHeaders({}), undefined);
  assert.deepEqual(readHeaders(undefined), {});
  assert.deepEqual(readHeaders(""), {});
});

const REFUSED: Record<string, [unknown, RegExp]> = {
  "null": [null, /headers of type null: expected an object of strings$/],
  "a text": [SECRET, /headers of type string/],
  "an array": [[SECRET], /headers of type Array/],
  "a Map": [new Map([[SECRET, SECRET]]), /headers of type Map/],
  "a Headers": [new Headers({ [SECRET]: SECRET }), /headers of type Headers/],
  "a number": [{ a: 5 }, /the header "a" of type number: expected a string$/],
  "undefined": [{ a: undefined }, /the header "a" of type undefined/],
  "null in it": [{ a: null }, /the header "a" of type null/],
  "an object in it": [{ a: { b: SECRET } }, /the header "a" of type Object/],
  "a String object": [{ a: new String(SECRET) }, /the header "a" of type String/],
  "toJSON": [{ toJSON: () => SECRET }, /the header "toJSON" of type function/],
  "half a character": [{ a: `${SECRET}\ud83d` }, /the header "a": .*without lone surrogates$/],
  "half a character in a name": [{ "\ud83d": SECRET }, /without lone surrogates$/],
  "8 KiB and a byte": [
    { a: SECRET.padEnd(8_193 - FRAME) },
    /headers of 8193 bytes as JSON: expected at most 8192$/,
  ],
  "8 KiB and a byte, of wide characters": [
    { a: "€".repeat((8_192 - FRAME) / 3) + "x" },
    /headers of 8193 bytes/,
  ],
  "a name of megabytes": [{ ["x".repeat(5e6)]: 5 }, /^.{0,200}$/],
};

for (const [name, [headers, text]] of Object.entries(REFUSED)) {
  Deno.test(`headers are refused, and none of them is shown: ${name}`, () => {
    const check = (error: Error) =>
      error instanceof TypeError && text.test(error.message) && !error.message.includes(SECRET);
    assert.throws(() => writeHeaders(headers), check);
  });
}

Deno.test("headers are read once: a getter can't slip in what was not checked", () => {
  let reads = 0;
  const headers = {
    get a() {
      return reads++ === 0 ? "text" : 5;
    },
  };
  assert.equal(writeHeaders(headers), '{"a":"text"}');
});

for (const stored of ["no JSON", "[]", "null", '"a"', "5", "{"]) {
  Deno.test(`headers that a stranger wrote are none: ${stored}`, () => {
    assert.deepEqual(readHeaders(stored), {});
  });
}

Deno.test("of headers that a stranger wrote, those are read that are text", () => {
  assert.deepEqual(readHeaders('{"a":"1","b":2,"c":null,"d":{"e":"f"}}'), { a: "1" });
});
