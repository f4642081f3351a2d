import type { RedisArgument } from "../redis_connection.ts";

// Scripts take their arguments and give their answer as one long string, a MessagePack array: client and server
// handle it many times faster than as many short ones. Format: https://github.com/msgpack/msgpack/blob/master/spec.md

const encoder = new TextEncoder();
/** Bytes of the longest head of an array or a string. */
const HEAD = 5;
/** Most bytes that one unit of a JavaScript string takes as UTF-8. */
const WIDEST = 3;
/** Digits, sign, point and exponent of a number. */
const LONGEST_NUMBER = 32;
/** Above this a buffer is not kept: one large batch must not hold its memory for ever. */
const KEPT = 1024 * 1024;

/** Where arrays are written before their length is known. */
let buffer = new Uint8Array(64 * 1024);

/** Writes an array of strings as Redis's `cmsgpack.unpack` reads it; a number as its text. */
export function writeStrings(values: readonly RedisArgument[]): Uint8Array {
  let most = HEAD;
  for (const value of values) most += HEAD + longestOf(value);
  const target = most <= buffer.length ? buffer : new Uint8Array(most);
  if (most <= KEPT) buffer = target;

  target[0] = 0xdd;
  writeUint32(target, 1, values.length);
  let position = HEAD;
  for (const value of values) {
    const isShort = longestOf(value) < 256;
    const start = position + (isShort ? 2 : HEAD);
    const size = writeBytes(target, start, value);
    target[position] = isShort ? 0xd9 : 0xdb;
    if (isShort) target[position + 1] = size;
    else writeUint32(target, position + 1, size);
    position = start + size;
  }
  return target.slice(0, position);
}

/** The most bytes that `value` may take. */
function longestOf(value: RedisArgument): number {
  if (typeof value === "string") return value.length * WIDEST;
  return typeof value === "number" ? LONGEST_NUMBER : value.length;
}

/** Returns the number of bytes written. */
function writeBytes(target: Uint8Array, start: number, value: RedisArgument): number {
  if (value instanceof Uint8Array) {
    target.set(value, start);
    return value.length;
  }
  return encoder.encodeInto(String(value), target.subarray(start)).written;
}

function writeUint32(target: Uint8Array, position: number, value: number): void {
  target[position] = value >>> 24;
  target[position + 1] = value >>> 16;
  target[position + 2] = value >>> 8;
  target[position + 3] = value;
}

/** Heads of an array and of a string: the short form carries the length itself, the others have it behind. */
const ARRAY: Heads = { short: 0x90, shortBits: 4, wide8: undefined, wide16: 0xdc, wide32: 0xdd };
const STRING: Heads = { short: 0xa0, shortBits: 5, wide8: 0xd9, wide16: 0xda, wide32: 0xdb };

interface Heads {
  short: number;
  shortBits: number;
  wide8: number | undefined;
  wide16: number;
  wide32: number;
}

/** Reads an array of strings as Redis's `cmsgpack.pack` writes it. */
export function readStrings(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;

  function length({ short, shortBits, wide8, wide16, wide32 }: Heads): number {
    const head = view.getUint8(position++);
    const start = position;
    if (head >> shortBits === short >> shortBits) return head & ((1 << shortBits) - 1);
    if (head === wide8) {
      position += 1;
      return view.getUint8(start);
    }
    if (head === wide16) {
      position += 2;
      return view.getUint16(start);
    }
    if (head === wide32) {
      position += 4;
      return view.getUint32(start);
    }
    throw new RangeError(`Unexpected byte ${head} at ${start - 1} of a script's answer`);
  }

  const strings: Uint8Array[] = [];
  for (let left = length(ARRAY); left > 0; left--) {
    const size = length(STRING);
    strings.push(bytes.subarray(position, position += size));
  }
  if (position !== bytes.length) throw new RangeError("A script's answer is cut or too long");
  return strings;
}
