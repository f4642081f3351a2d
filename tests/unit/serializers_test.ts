import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SerializationError } from "../../src/errors.ts";
import { errorText } from "../../src/error_text.ts";
import { bytes, codecOf, json, type JSONLike, type Serializer } from "../../src/serializers.ts";
import { HOSTILE_THENABLE, ODD_ERRORS } from "../helpers/odd_values.ts";
import { bytesOf, byteStringOf } from "../helpers/queue_state.ts";

/** The bytes that Redis gets. */
function stored<T>(serializer: Serializer<T> | JSONLike | undefined, item: T): Uint8Array {
  const data = codecOf(serializer).encode(item);
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

function assertRoundTrip<T>(serializer: Serializer<T> | JSONLike | undefined, item: T): void {
  assert.deepEqual(codecOf(serializer).decode("uid", stored(serializer, item)), item);
}

function assertRefused<T>(serializer: Serializer<T> | JSONLike | undefined, item: unknown) {
  let refusal: unknown;
  try {
    codecOf(serializer).encode(item as T);
  } catch (error) {
    refusal = error;
  }
  assert.ok(refusal instanceof SerializationError, `accepted ${Deno.inspect(item)}`);
  assert.deepEqual([refusal.uid, refusal.payload], [undefined, undefined]);
  return refusal;
}

/** As `@std/msgpack`'s `encode` and `decode`: bytes with no text in them. */
const numbers = {
  encode: (item: number[]) => new Uint8Array(Float64Array.from(item).buffer),
  decode: (data: Uint8Array) =>
    Array.from(new Float64Array(data.slice().buffer, 0, data.byteLength / 8)),
};

Deno.test("without a serializer strings come out as they went in", () => {
  for (const item of ["", "Hello", "\ufeffmark", "\u0000\r\n", "é€😀", "x".repeat(100_000)]) {
    assertRoundTrip(undefined, item);
  }
  assert.deepEqual(stored(undefined, "é"), Uint8Array.of(0xc3, 0xa9));
});

Deno.test("without a serializer whatever is no string is refused, with a hint", () => {
  for (const item of [{ a: 1 }, [1], 1, true, null, undefined, 1n, Symbol(), new Uint8Array()]) {
    assert.match(assertRefused(undefined, item).message, /needs a serializer.*json/);
  }
});

Deno.test("text with a lone surrogate is refused, since UTF-8 cannot carry it", () => {
  for (const item of ["\ud83d", "a\udc00b", "\udc00\ud83d"]) {
    assert.match(assertRefused(undefined, item).message, /lone surrogate/);
  }
  const asIs = { dumps: (item: string) => item, loads: String };
  assert.match(assertRefused(asIs, "\ud83d").message, /lone surrogate/);
});

Deno.test("without a serializer a payload that is not UTF-8 is an error with uid and bytes", () => {
  const payload = Uint8Array.of(0x61, 0xff);
  assert.throws(() => codecOf(undefined).decode("some uid", payload), (error) => {
    assert.ok(error instanceof SerializationError);
    assert.equal(error.uid, "some uid");
    assert.deepEqual(error.payload, payload);
    assert.match(error.message, /some uid/);
    return true;
  });
});

Deno.test("json carries what JSON can carry", () => {
  for (const serializer of [json, JSON]) {
    for (const item of [null, 0, -1.5, true, "é😀", "", [], {}, { a: [1, { b: "c" }] }]) {
      assertRoundTrip<unknown>(serializer, item);
    }
  }
  assert.equal(byteStringOf(stored<unknown>(JSON, { a: 1 })), '{"a":1}');
});

Deno.test("json refuses what JSON has no word for", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  for (const serializer of [json, JSON]) {
    for (const item of [undefined, () => 1, Symbol(), 1n, circle]) assertRefused(serializer, item);
  }
});

Deno.test("a payload that is not JSON is an error that does not quote it", () => {
  for (const payload of ["", "{", "secret", "\xff"]) {
    assert.throws(() => codecOf(json).decode("uid", bytesOf(payload)), (error) => {
      assert.ok(error instanceof SerializationError);
      assert.deepEqual(error.payload, bytesOf(payload));
      assert.ok(!Deno.inspect(error).includes("secret"));
      return true;
    });
  }
});

Deno.test("another module of JSON's shape does its own work", () => {
  const shouting: JSONLike = {
    stringify: (value) => JSON.stringify(value).toUpperCase(),
    parse: (text) => JSON.parse(text.toLowerCase()),
  };
  assert.equal(byteStringOf(stored<unknown>(shouting, { a: "b" })), '{"A":"B"}');
  assertRoundTrip<unknown>(shouting, { a: "b" });
});

Deno.test("bytes come out as they went in, and in a buffer of their own", () => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assertRoundTrip(bytes, everyByte);
  assertRoundTrip(bytes, new Uint8Array());

  const answer = new Uint8Array(100_000);
  const item = codecOf(bytes).decode("uid", answer.subarray(10, 12));
  assert.equal(item.constructor, Uint8Array);
  assert.equal(item.buffer.byteLength, 2);
});

Deno.test("bytes refuses whatever is no Uint8Array", () => {
  for (const item of ["text", [1, 2], new ArrayBuffer(2), null, undefined]) {
    assertRefused(bytes, item);
  }
});

Deno.test("a pair of encode and decode serves as a serializer, to the byte", () => {
  const serializer = { dumps: numbers.encode, loads: numbers.decode };
  assertRoundTrip(serializer as Serializer<number[]>, [1, -0.5, Infinity, 1e-300]);
});

Deno.test("a serializer may be an object with state of its own", () => {
  class Prefixed {
    constructor(readonly prefix: string) {}
    dumps(item: string): string {
      return this.prefix + item;
    }
    loads(data: Uint8Array | string): string {
      return String(data).slice(this.prefix.length);
    }
  }
  const serializer = new Prefixed("v1:");
  assert.equal(byteStringOf(stored(serializer, "item")), "v1:item");
  assertRoundTrip(serializer, "item");
});

Deno.test("loads gets bytes that read as text where text is wanted", () => {
  let data: Uint8Array | string | undefined;
  const serializer = {
    dumps: String,
    loads: (given: Uint8Array | string) => {
      data = given;
      return "";
    },
  };
  codecOf<string>(serializer).decode("uid", bytesOf('"\xc3\xa9"'));
  assert.ok(data instanceof Uint8Array);
  assert.deepEqual([...data], [0x22, 0xc3, 0xa9, 0x22]);
  assert.equal(`${data}`, '"é"');
  assert.equal(JSON.parse(String(data)), "é");
});

Deno.test("a serializer whose dumps returns neither text nor bytes is refused", () => {
  const odd = [undefined, null, 1, [], new String("text"), new ArrayBuffer(2), () => "text"];
  for (const data of [...odd, new DataView(new ArrayBuffer(2)), new Uint8ClampedArray(2)]) {
    const serializer = { dumps: () => data, loads: String } as unknown as Serializer<string>;
    assert.match(assertRefused(serializer, "item").message, /dumps returned/);
  }
});

/** The error with which the item "uid" can't be read. */
function assertUnreadable<T>(serializer: Serializer<T>): SerializationError {
  const codec = codecOf(serializer);
  assert.equal(codec.tryDecode("uid", Uint8Array.of(1)), undefined);
  try {
    codec.decode("uid", Uint8Array.of(1));
  } catch (error) {
    assert.ok(error instanceof SerializationError);
    assert.equal(error.uid, "uid");
    assert.deepEqual(error.payload, Uint8Array.of(1));
    return error;
  }
  assert.fail("it could be read");
}

const errors = { "an error": () => new Error("not today"), ...ODD_ERRORS };

for (const [name, make] of Object.entries(errors)) {
  Deno.test(`a serializer may throw ${name}: it is the cause of the error`, () => {
    const thrown = make();
    const fail = () => {
      throw thrown;
    };
    const serializer: Serializer<never> = { dumps: fail, loads: fail };
    for (const error of [assertRefused(serializer, "item"), assertUnreadable(serializer)]) {
      assert.equal(error.cause, thrown);
      assert.ok(error.message.includes(errorText(thrown)));
    }
  });
}

Deno.test("an asynchronous serializer is refused, and its rejection ends nothing", async () => {
  const asynchronous = [
    { dumps: () => Promise.resolve("data"), loads: () => Promise.resolve("item") },
    { dumps: () => Promise.reject(new Error("no")), loads: () => Promise.reject(new Error("no")) },
    { dumps: () => HOSTILE_THENABLE, loads: () => HOSTILE_THENABLE },
  ];
  for (const pair of asynchronous) {
    const serializer = pair as unknown as Serializer<string>;
    assert.match(
      assertRefused(serializer, "item").message,
      /dumps returned a promise: a serializer cannot be asynchronous/,
    );
    assert.match(
      assertUnreadable(serializer).message,
      /loads returned a promise: a serializer cannot be asynchronous/,
    );
  }
  await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection ends the test
});

Deno.test("dumps may return a part of a buffer, which is stored as it is then", () => {
  const whole = Uint8Array.of(0, 1, 2, 3);
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  shared.set(whole);
  const views = [
    whole.subarray(1, 3),
    Buffer.from(whole).subarray(1, 3),
    shared.subarray(1, 3),
  ];
  for (const view of views) {
    const data = stored({ dumps: () => view, loads: String }, "item");
    view.fill(7); // as an encoder does that uses its buffer again
    assert.deepEqual([data.constructor, data.buffer.constructor], [Uint8Array, ArrayBuffer]);
    assert.deepEqual([...data], [1, 2]);
  }
});

Deno.test("bytes that were transferred to another thread are refused, not stored as none", () => {
  const item = Uint8Array.of(1, 2);
  structuredClone(item, { transfer: [item.buffer] });
  assertRefused(bytes, item);
});

Deno.test("an object whose then is none of a promise is an item as any other", () => {
  const serializer = { dumps: () => "", loads: () => ({ then: 5 }) };
  assert.deepEqual(codecOf(serializer).decode("uid", new Uint8Array()), { then: 5 });
});
