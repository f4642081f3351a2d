import assert from "node:assert/strict";
import { readStrings, writeStrings } from "../../../src/lua/message_pack.ts";
import { bytesOf, byteStringOf } from "../../helpers/queue_state.ts";

/** The headers of the format: a one-byte form for short ones, then ever longer lengths. */
const forms = [
  { name: "array of 0", bytes: "\x90", strings: [] },
  { name: "array of 1 with a string of 0", bytes: "\x91\xa0", strings: [""] },
  { name: "short strings", bytes: "\x93\xa1a\xa2bc\xa0", strings: ["a", "bc", ""] },
  { name: "array of 15", bytes: "\x9f" + "\xa1x".repeat(15), strings: Array(15).fill("x") },
  { name: "array16", bytes: "\xdc\x00\x10" + "\xa1x".repeat(16), strings: Array(16).fill("x") },
  {
    name: "array32",
    bytes: "\xdd\x00\x01\x00\x00" + "\xa1x".repeat(65_536),
    strings: Array(65_536).fill("x"),
  },
  { name: "string of 31", bytes: "\x91\xbf" + "s".repeat(31), strings: ["s".repeat(31)] },
  { name: "str8 of 32", bytes: "\x91\xd9\x20" + "s".repeat(32), strings: ["s".repeat(32)] },
  { name: "str8 of 255", bytes: "\x91\xd9\xff" + "s".repeat(255), strings: ["s".repeat(255)] },
  { name: "str16 of 256", bytes: "\x91\xda\x01\x00" + "s".repeat(256), strings: ["s".repeat(256)] },
  {
    name: "str32 of 65,536",
    bytes: "\x91\xdb\x00\x01\x00\x00" + "s".repeat(65_536),
    strings: ["s".repeat(65_536)],
  },
];

for (const { name, bytes, strings } of forms) {
  Deno.test(`MessagePack is read: ${name}`, () => {
    assert.deepEqual(readStrings(bytesOf(bytes)).map(byteStringOf), strings);
  });
}

Deno.test("MessagePack is read from the middle of a buffer", () => {
  const buffer = bytesOf("\xff\x92\xa1a\xa1b\xff");
  assert.deepEqual(readStrings(buffer.subarray(1, -1)).map(byteStringOf), ["a", "b"]);
});

Deno.test("MessagePack is refused wherever it is cut, and when it is too long", () => {
  const whole = "\x92\xa3abc\xd9\x20" + "s".repeat(32);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => readStrings(bytesOf(whole.slice(0, length))),
      RangeError,
      `${length} bytes`,
    );
  }
  assert.throws(() => readStrings(bytesOf(whole + "\xa0")), RangeError);
});

Deno.test("MessagePack that is not an array of strings is refused", () => {
  // A number, a string, a map, and an array with nil, a number, and an array in it.
  for (const bytes of ["\x01", "\xa1a", "\x80", "\x91\xc0", "\x91\x05", "\x91\x90"]) {
    assert.throws(() => readStrings(bytesOf(bytes)), RangeError, JSON.stringify(bytes));
  }
});

const written = [
  { name: "nothing", values: [] },
  { name: "empty strings", values: ["", ""] },
  { name: "numbers, as text", values: [0, -1, 1.5, 1_700_000_000_000_000] },
  { name: "text of every width", values: ["a", "\u00e9", "\u20ac", "\u{1f600}", "a\0b"] },
  // A head of two bytes holds what is surely below 256 bytes.
  { name: "text around 255 bytes", values: [84, 85, 86, 255, 256].map((n) => "\u20ac".repeat(n)) },
  { name: "bytes", values: [0, 255, 256, 65_536].map((n) => new Uint8Array(n).fill(0xc1)) },
  { name: "more than is kept", values: ["x".repeat(3_000_000), new Uint8Array(2_000_000), "y"] },
  { name: "thousands", values: Array.from({ length: 2_000 }, (_, i) => `item ${i}`) },
];

for (const { name, values } of written) {
  Deno.test(`MessagePack is written so that it reads the same: ${name}`, () => {
    const encoder = new TextEncoder();
    const expected = values.map((value) =>
      value instanceof Uint8Array ? value : encoder.encode(String(value))
    );
    assert.deepEqual(readStrings(writeStrings(values)), expected);
  });
}

Deno.test("MessagePack that was written stays as it is when more is written", () => {
  const first = writeStrings(["first"]);
  writeStrings(["second"]);
  assert.deepEqual(readStrings(first).map(byteStringOf), ["first"]);
});
