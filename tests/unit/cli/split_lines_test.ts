import assert from "node:assert/strict";
import { splitLines } from "../../../src/cli/io/split_lines.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function* chunks(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** The lines of `parts`, as they come together. */
async function groups(parts: Iterable<string>): Promise<string[][]> {
  const bytes = Array.from(parts, (part) => encoder.encode(part));
  const groups = await Array.fromAsync(splitLines(chunks(bytes)));
  return groups.map((lines) => lines.map((line) => decoder.decode(line)));
}

for (
  const [parts, expected] of [
    [[], []],
    [[""], []],
    [["a"], [["a"]]],
    [["a\n"], [["a"]]],
    [["\n"], [[""]]],
    [["a\nb\nc"], [["a", "b"], ["c"]]],
    [["a", "b", "c\nd"], [["abc"], ["d"]]],
    [["a\r\nb\r\n"], [["a", "b"]]],
    [["a\r", "\nb"], [["a"], ["b"]]],
    [["a\rb\r\r\n"], [["a\rb\r"]]],
    [["a\r"], [["a\r"]]],
    [["\r\n\n"], [["", ""]]],
  ] satisfies [string[], string[][]][]
) {
  Deno.test(`lines of ${JSON.stringify(parts)}`, async () => {
    assert.deepEqual(await groups(parts), expected);
  });
}

Deno.test("of a chunk of many lines no more than 1,000 come together", async () => {
  const sizes = (await groups(["\n".repeat(2_500)])).map((group) => group.length);
  assert.deepEqual(sizes, [1_000, 1_000, 500]);
});

Deno.test("a long line in many pieces takes no longer than its length asks for", async () => {
  const piece = new Uint8Array(1_024);
  const count = 16 * 1_024;
  const started = performance.now();
  const [[line] = []] = await Array.fromAsync(splitLines(chunks(Array(count).fill(piece))));
  assert.equal(line!.length, count * piece.length);
  // Milliseconds, but half a minute if each piece copied those before it.
  assert.ok(performance.now() - started < 5_000);
});

Deno.test("a piece of a line keeps no large buffer alive", async () => {
  const buffer = encoder.encode("half|the rest\n".padEnd(1_024 * 1_024));
  const parts = [buffer.subarray(0, 4), buffer.subarray(5, 14)];
  const [[line] = []] = await Array.fromAsync(splitLines((async function* () {
    yield parts[0]!;
    buffer.fill(0, 0, 4); // as if the first buffer were gone
    yield parts[1]!;
  })()));
  assert.equal(decoder.decode(line), "halfthe rest");
});
