import { concat } from "./concat.ts";

const LF = "\n".charCodeAt(0);
const CR = "\r".charCodeAt(0);
/** Lines in one group: as many as one call of Redis takes. A chunk of empty lines would hold many more. */
const MAX_LINES = 1_000;

/**
 * Splits a stream of bytes into lines, without their endings ("\n" or "\r\n"). Yields the lines that a chunk completes at
 * once, and holds no more than one chunk and one line in memory.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  // The current line, in pieces: joining them at each chunk would make a long line slow.
  let pieces: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let lines: Uint8Array[] = [];
    let start = 0;
    for (let end; (end = chunk.indexOf(LF, start)) !== -1;) {
      lines.push(withoutCR(joined(pieces, chunk.subarray(start, end))));
      pieces = [];
      start = end + 1;
      if (lines.length === MAX_LINES) {
        yield lines;
        lines = [];
      }
    }
    // A copy, since a chunk of a few bytes may keep a large buffer alive.
    if (start < chunk.length) pieces.push(chunk.slice(start));
    if (lines.length > 0) yield lines;
  }
  if (pieces.length > 0) yield [concat(pieces)];
}

function joined(pieces: Uint8Array[], last: Uint8Array): Uint8Array {
  return pieces.length === 0 ? last : concat([...pieces, last]);
}

function withoutCR(line: Uint8Array): Uint8Array {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
