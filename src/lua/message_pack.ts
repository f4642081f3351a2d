import type { RedisArgument } from "../connection/redis_connection.ts";

// A script takes its arguments, and gives its answer, as one long string: a MessagePack array. Client and server handle one
// long string many times faster than many short ones. Format: https://github.com/msgpack/msgpack/blob/master/spec.md

const encoder = new TextEncoder();
/** Bytes of the longest head that an array or a string has. */
const HEAD = 5;
/** Bytes that one unit of a JavaScript string takes at most as UTF-8. */
const WIDEST = 3;
/** Characters that a number takes at most: digits, sign, point and exponent. */
const LONGEST_NUMBER = 32;
/** A text up to this length, such as a uid, is written faster here than by the encoder, if it is ASCII. */
const SHORT = 64;
const LAST_ASCII = 0x7f;
/** A larger buffer is not kept: one large batch must not hold its memory for ever. */
const MAX_KEPT = 1024 * 1024;

/** Arrays are written here before their length is known. */
let buffer = new Uint8Array(64 * 1024);

/** Writes an array of strings for Redis's `cmsgpack.unpack`. A number is written as text. */
export function writeStrings(values: readonly RedisArgument[]): Uint8Array {
  let most = HEAD;
  for (const value of values) most += HEAD + longestOf(value);
  const target = most <= buffer.length ? buffer : new Uint8Array(most);
  if (most <= MAX_KEPT) buffer = target;

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

/** How many bytes `value` takes at most. */
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
  const text = String(value);
  if (text.length > SHORT) return encoder.encodeInto(text, target.subarray(start)).written;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > LAST_ASCII) return encoder.encodeInto(text, target.subarray(start)).written;
    target[start + i] = code;
  }
  return text.length;
}

function writeUint32(target: Uint8Array, position: number, value: number): void {
  target[position] = value >>> 24;
  target[position + 1] = value >>> 16;
  target[position + 2] = value >>> 8;
  target[position + 3] = value;
}

/** How many bytes the length takes, by the head before it. Made once, because each string needs it. */
type Widths = Record<number, 1 | 2 | 4>;
const WIDE_ARRAY: Widths = { 0xdc: 2, 0xdd: 4 };
const WIDE_STRING: Widths = { 0xd9: 1, 0xda: 2, 0xdb: 4 };

/** Reads an array of strings that Redis's `cmsgpack.pack` wrote. */
export function readStrings(bytes: Uint8Array): Uint8Array[] {
  const reader = new MessageReader(bytes);
  const strings = reader.strings();
  reader.end();
  return strings;
}

const decoder = new TextDecoder();

/** Reads what Redis's `cmsgpack.pack` wrote: one array of strings after the other. */
export class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads the next array. */
  strings(): Uint8Array[] {
    const strings: Uint8Array[] = new Array(this.#length(0x90, 4, WIDE_ARRAY));
    for (let i = 0; i < strings.length; i++) {
      const size = this.#length(0xa0, 5, WIDE_STRING);
      strings[i] = this.#bytes.subarray(this.#position, this.#position += size);
    }
    return strings;
  }

  /** Reads the next array as texts. */
  texts(): string[] {
    const count = this.#length(0x90, 4, WIDE_ARRAY);
    const first = this.#position;
    const ends: number[] = new Array(2 * count);
    for (let i = 0; i < 2 * count; i += 2) {
      const size = this.#length(0xa0, 5, WIDE_STRING);
      ends[i] = this.#position - first;
      ends[i + 1] = (this.#position += size) - first;
    }
    const region = this.#bytes.subarray(first, this.#position);
    // To decode all at once is many times faster. It works if each byte became one character, as in all usual uids.
    const all = decoder.decode(region);
    const isSimple = all.length === region.length;
    const texts: string[] = new Array(count);
    for (let i = 0; i < count; i++) {
      const start = ends[2 * i]!, end = ends[2 * i + 1]!;
      texts[i] = isSimple ? all.slice(start, end) : decoder.decode(region.subarray(start, end));
    }
    return texts;
  }

  /** Whether another array follows. */
  get hasMore(): boolean {
    return this.#position < this.#bytes.length;
  }

  /** Throws a `RangeError` if there is more. */
  end(): void {
    if (this.#position !== this.#bytes.length) {
      throw new RangeError("A script's answer is cut or too long");
    }
  }

  #length(fix: number, fixBits: number, wide: Widths): number {
    const head = this.#view.getUint8(this.#position++);
    if (head >> fixBits === fix >> fixBits) return head & ((1 << fixBits) - 1);
    const width = wide[head];
    const start = this.#position;
    this.#position += width ?? 0;
    switch (width) {
      case 1:
        return this.#view.getUint8(start);
      case 2:
        return this.#view.getUint16(start);
      case 4:
        return this.#view.getUint32(start);
      default:
        throw new RangeError(`Unexpected byte ${head} at ${start - 1} of a script's answer`);
    }
  }
}
