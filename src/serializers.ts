import { disown } from "./disown.ts";
import { SerializationError } from "./errors.ts";
import { errorText } from "./error_text.ts";

/**
 * Turns items into bytes and back: anything with `dumps` and `loads`, so that encode/decode pairs fit as they are.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue, type Serializer } from "@saferedisqueue/saferedisqueue";
 *
 * const dates: Serializer<Date> = {
 *   dumps: (date) => date.toISOString(),
 *   loads: (data) => new Date(String(data)),
 * };
 * await using queue = new SafeRedisQueue({ serializer: dates });
 * ```
 */
export interface Serializer<T> {
  /**
   * Turns an item into what Redis stores: text, which is stored as UTF-8, or bytes. Not into a promise. The bytes must not
   * change until the item's `put` has resolved, unless they are a part of a larger buffer, which is copied.
   */
  dumps(item: T): string | Uint8Array;
  /**
   * Turns stored bytes back into an item. `data` is a `Uint8Array` that reads as its UTF-8 text wherever text is wanted
   * (`String(data)`, `JSON.parse(data)`). It returns the item itself, not a promise.
   */
  loads(data: Uint8Array | string): T;
}

/** The global `JSON`, or anything of its shape, which serves as a serializer too. */
export interface JSONLike {
  /** Turns a value into JSON text. */
  stringify(value: unknown): string;
  /** Turns JSON text into a value. */
  parse(text: string): unknown;
}

/** The type of {@linkcode json}: a serializer for items of every type that JSON can carry. */
export interface JSONSerializer {
  /** Turns an item into JSON text. */
  dumps(item: unknown): string;
  /** Turns JSON text into an item, whose type is not checked. */
  loads<T>(data: Uint8Array | string): T;
}

/** How a queue turns its items into payloads and back. */
export interface Codec<T> {
  /** Throws a {@linkcode SerializationError} if `item` can't be stored. */
  encode(item: T): string | Uint8Array;
  /** Throws a {@linkcode SerializationError} if `payload` can't be read. */
  decode(uid: string, payload: Uint8Array): T;
  /** The same, but `undefined` if `payload` can't be read. */
  tryDecode(uid: string, payload: Uint8Array): T | undefined;
}

// A payload that is not UTF-8 is an error rather than a string of U+FFFD; a byte order mark is part of the item.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that read as text where text is wanted, so that `loads` may be made for either. */
class Payload extends Uint8Array<ArrayBufferLike> {
  override toString(): string {
    return utf8.decode(this);
  }
}

/**
 * Items as JSON. What JSON has no word for (`undefined`, functions, symbols) is refused.
 *
 * @example
 * ```ts
 * import { json, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue<{ to: string }>({ name: "mails", serializer: json });
 * ```
 */
export const json: JSONSerializer = jsonSerializer(JSON) as JSONSerializer;

/**
 * Items as bytes, untouched.
 *
 * @example
 * ```ts
 * import { bytes, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ name: "thumbnails", serializer: bytes });
 * ```
 */
export const bytes: Serializer<Uint8Array> = {
  dumps(item: Uint8Array): Uint8Array {
    if (item instanceof Uint8Array) return item;
    throw new TypeError("the item is not a Uint8Array");
  },
  // A copy: the payload is a window on a whole batch's answer, which it would keep alive.
  loads: (data: Uint8Array | string): Uint8Array =>
    typeof data === "string" ? new TextEncoder().encode(data) : Uint8Array.from(data),
};

function jsonSerializer(like: JSONLike): Serializer<unknown> {
  return {
    dumps: (item) => like.stringify(item),
    loads(data) {
      try {
        return like.parse(String(data));
      } catch {
        // The parser's own message quotes the payload, which is nobody's business in a log.
        throw new SyntaxError("the payload is not JSON");
      }
    },
  };
}

const text: Serializer<string> = {
  dumps(item: string): string {
    if (typeof item === "string") return item;
    throw new TypeError(
      `an item of type ${typeof item} needs a serializer, for example { serializer: json }`,
    );
  },
  loads: (data: Uint8Array | string): string => typeof data === "string" ? data : utf8.decode(data),
};

/** The codec for the option `serializer`; strings without one. */
export function codecOf<T>(option: Serializer<T> | JSONLike | undefined): Codec<T> {
  if (option === undefined) return codec(text as Serializer<unknown>) as Codec<T>;
  return codec("dumps" in option ? option : jsonSerializer(option) as Serializer<T>);
}

function codec<T>(serializer: Serializer<T>): Codec<T> {
  return {
    tryDecode(uid: string, payload: Uint8Array): T | undefined {
      try {
        return this.decode(uid, payload);
      } catch {
        return undefined;
      }
    },
    encode(item: T): string | Uint8Array {
      try {
        return storable(serializer.dumps(item));
      } catch (cause) {
        throw new SerializationError(`Cannot put an item: ${errorText(cause)}`, { cause });
      }
    },
    decode(uid: string, payload: Uint8Array): T {
      try {
        const item = serializer.loads(
          new Payload(payload.buffer, payload.byteOffset, payload.byteLength),
        );
        if (disown(item)) throw asynchronous("loads");
        return item;
      } catch (cause) {
        throw new SerializationError(
          `Cannot read the item ${uid}: ${
            errorText(cause)
          }; ack it, or fail it for another consumer`,
          { uid, payload: Uint8Array.from(payload), cause },
        );
      }
    },
  };
}

/** What `dumps` returned, as Redis gets it. */
function storable(data: unknown): string | Uint8Array {
  if (typeof data === "string") {
    if (data.isWellFormed()) return data;
    throw new TypeError(
      "its text has a lone surrogate, which UTF-8 cannot carry; use item.toWellFormed() or bytes",
    );
  }
  // A copy of a part: an encoder may use its buffer again before the put is sent.
  if (data instanceof Uint8Array) return isWhole(data) ? data : new Uint8Array(data);
  if (disown(data)) throw asynchronous("dumps");
  throw new TypeError(
    `the serializer's dumps returned ${
      data === null ? "null" : typeof data
    } in place of a string or Uint8Array`,
  );
}

/** Whether the bytes are all of a buffer that no other thread has, or was given. */
function isWhole({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === byteLength;
}

function asynchronous(method: string): TypeError {
  return new TypeError(
    `the serializer's ${method} returned a promise: a serializer cannot be asynchronous`,
  );
}
