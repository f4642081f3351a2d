import type { RedisArgument } from "./redis_connection.ts";

/** What is shown instead of a word that tells a secret. */
const HIDDEN = "***";
/**
 * A word is hidden if it shares this many characters in a row with a secret. A shorter secret is hidden if it
 * is a whole word.
 */
const TELLING = 4;
/** How much of a secret is looked for. A server has no reason to quote more. */
const LONGEST_LOOK = 16 * 1024 * 1024;

const encoder = new TextEncoder();

/** Values that no error may show: passwords, and the arguments of a command. */
export class Secrets {
  readonly #values: readonly RedisArgument[];

  constructor(values: readonly (RedisArgument | undefined)[]) {
    this.#values = values.filter((value) => value !== undefined);
  }

  /** These secrets and more of them. */
  with(values: readonly RedisArgument[]): Secrets {
    return values.length === 0 ? this : new Secrets([...this.#values, ...values]);
  }

  /** Hides the words of `text` that have a part of a secret in them. Upper and lower case are the same. */
  hideIn(text: string): string {
    // Other characters than ASCII tell most readers nothing. With them, a place in the text would not be the
    // same place in its bytes.
    const shown = text.replaceAll(/[^\x20-\x7e]+/g, "?");
    const bytes = encoder.encode(shown.toLowerCase());
    const places = placesOf(bytes);
    const found = new Uint8Array(bytes.length);
    const short = new Set<string>();
    for (const value of this.#values) {
      const secret = bytesOf(value);
      if (secret.length < TELLING) short.add(String(value).toLowerCase());
      else mark(secret, places, found);
    }
    return shown.replaceAll(/\S+/g, (word, index: number) => {
      const isTold = found.subarray(index, index + word.length).includes(1) ||
        wordsOf(word).some((part) => short.has(part));
      return isTold ? HIDDEN : word;
    }).replaceAll(/\*{3}(?: \*{3})+/g, HIDDEN);
  }
}

/** A secret as bytes, up to {@linkcode LONGEST_LOOK} of it. */
function bytesOf(value: RedisArgument): Uint8Array {
  return value instanceof Uint8Array
    ? value.subarray(0, LONGEST_LOOK)
    : encoder.encode(String(value).slice(0, LONGEST_LOOK));
}

function wordsOf(text: string): string[] {
  return [text, ...text.split(/[^\w]+/)].map((word) => word.toLowerCase());
}

/** Finds every four bytes in a row of the text: where they begin, by their value as one number. */
function placesOf(bytes: Uint8Array): Map<number, number[]> {
  const places = new Map<number, number[]>();
  eachRow(bytes, (row, index) => {
    const known = places.get(row);
    if (known === undefined) places.set(row, [index]);
    else known.push(index);
  });
  return places;
}

/** Marks in `found` all bytes of the text that are also in `secret`, as a part of four bytes in a row. */
function mark(secret: Uint8Array, places: Map<number, number[]>, found: Uint8Array): void {
  eachRow(secret, (row) => {
    const indexes = places.get(row);
    if (indexes === undefined) return;
    for (const index of indexes) found.fill(1, index, index + TELLING);
    places.delete(row);
  });
}

function eachRow(bytes: Uint8Array, visit: (row: number, index: number) => void): void {
  let row = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    row = row << 8 | (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);
    if (i >= TELLING - 1) visit(row, i - TELLING + 1);
  }
}
