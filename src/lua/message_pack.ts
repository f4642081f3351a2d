import type { RedisArgument } from "../redis_connection.ts";

// Scripts take their arguments and give their answer as one long string, a MessagePack array: client and server
// handle it many times faster than as many short ones. Format: https://github.com/msgpack/msgpack/blob/master/spec.md

const encoder = new TextEncoder();
/** Bytes of the longest head of an array or a string. */
const HEAD = 5;
/** Most bytes that one unit of a JavaScript string takes as UTF-8. */
const WIDEST = 3;
/** Above this a buffer is not kept: one large batch must not hold its memory for ever. */
const KEPT = 1024 * 1024;

/** Where arrays are written before their length is known. */
let buffer = new Uint8Array(64 * 1024);

/** Writes an array of strings as Redis's `cmsgpack.unpack` reads it; a number as its text. */
export function writeStrings(values: readonly RedisArgument[]): Uint8Array {
  const strings = values.map((value) => typeof value === "number" ? String(value) : value);
  let most = HEAD;
  for (const string of strings) most += HEAD + longestOf(string);
  const target = most <= buffer.length ? buffer : new Uint8Array(most);
  if (most <= KEPT) buffer = target;

  target[0] = 0xdd;
  writeUint32(target, 1, strings.length);
  let position = HEAD;
  for (const string of strings) {
    const isShort = longestOf(string) < 256;
    const start = position + (isShort ? 2 : HEAD);
    const size = writeBytes(target, start, string);
    target[position] = isShort ? 0xd9 : 0xdb;
    if (isShort) target[position + 1] = size;
    else writeUint32(target, position + 1, size);
    position = start + size;
  }
  return target.slice(0, position);
}

/** The most bytes that `string` may take. */
function longestOf(string: string | Uint8Array): number {
  return typeof string === "string" ? string.length * WIDEST : string.length;
}

/** Returns the number of bytes written. */
function writeBytes(target: Uint8Array, start: number, string: string | Uint8Array): number {
  if (typeof string === "string") return encoder.encodeInto(string, target.subarray(start)).written;
  target.set(string, start);
  return string.length;
}

function writeUint32(target: Uint8Array, position: number, value: number): void {
  target[position] = value >>> 24;
  target[position + 1] = value >>> 16;
  target[position + 2] = value >>> 8;
  target[position + 3] = value;
}

/** Reads an array of strings as Redis's `cmsgpack.pack` writes it. */
export function readStrings(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;

  function length(fix: number, fixBits: number, wide: Record<number, 1 | 2 | 4>): number {
    const head = view.getUint8(position++);
    if (head >> fixBits === fix >> fixBits) return head & ((1 << fixBits) - 1);
    const width = wide[head];
    const start = position;
    position += width ?? 0;
    switch (width) {
      case 1:
        return view.getUint8(start);
      case 2:
        return view.getUint16(start);
      case 4:
        return view.getUint32(start);
      default:
        throw new RangeError(`Unexpected byte ${head} at ${start - 1} of a script's answer`);
    }
  }

  const strings: Uint8Array[] = new Array(length(0x90, 4, { 0xdc: 2, 0xdd: 4 }));
  for (let i = 0; i < strings.length; i++) {
    const size = length(0xa0, 5, { 0xd9: 1, 0xda: 2, 0xdb: 4 });
    strings[i] = bytes.subarray(position, position += size);
  }
  if (position !== bytes.length) throw new RangeError("A script's answer is cut or too long");
  return strings;
}
