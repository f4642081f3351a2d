import { DELAY_EXPECTED, isDelay, isTime, TIME_EXPECTED } from "./delay.ts";
import type { Patience } from "./engine/item_source.ts";
import { checkOptions, checkSignal } from "./given_options.ts";
import { writeHeaders } from "./headers.ts";
import type { Due } from "./lua/put_named_or_later.ts";

/** How long a `get` waits, and what may end it. */
export interface GetOptions {
  /** Seconds to wait for an item; 0 (the default) waits forever, a negative number not at all. */
  timeout?: number | undefined;
  /** Ends the `get`: it rejects with the signal's reason, and no item is stranded by it. */
  signal?: AbortSignal | undefined;
}

/** When items are queued, in which order they are handled, and what goes with each. */
export interface PutManyOptions {
  /** Seconds until they are queued, fractions too, at most 100 years. Default: none. Not together with `at`. */
  delay?: number | undefined;
  /**
   * When they are queued: a `Date`, or milliseconds since the epoch, by Redis's clock, not after the year 9999. Not together
   * with `delay`.
   */
  at?: Date | number | undefined;
  /**
   * Items with the same key are handled one at a time, in the order of their puts, whatever fails or dies. A delayed item takes its
   * place in that order when it is due. A string of 1 to 1,024 bytes. Default: none.
   */
  orderKey?: string | undefined;
  /**
   * Text beside the payload, which handlers find in `item.headers`: an object of strings, of at most 8 KiB as JSON. Default: none.
   */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** When an item is queued, under which uid, in which order it is handled, and what goes with it. */
export interface PutOptions extends PutManyOptions {
  /**
   * The item's uid, any string but "": while an item lives under it, a further `put` with it changes nothing. Default: a
   * new UUID v7.
   */
  uid?: string | undefined;
}

// Checks of what callers give. Each throws a `TypeError` that names the action and the value.

export function checkUid(uid: unknown, action: string): string {
  if (typeof uid === "string") return uid;
  throw new TypeError(
    `Cannot ${action} ${Deno.inspect(uid)}: expected the uid of an item, a string`,
  );
}

/** A string is refused: its letters are hardly what is meant. */
export function checkList<I>(list: Iterable<I>, action: string): Iterable<I> {
  if (typeof list === "object" && list !== null && Symbol.iterator in list) return list;
  throw new TypeError(
    `Cannot ${action}: expected an array or another iterable, not ${typeof list}`,
  );
}

/** The uids of a call for one item, or for several. */
export function chosenUids(uids: string | Iterable<string>, verb: string, what: string): string[] {
  if (typeof uids === "string") return [uids];
  return Array.from(checkList(uids, `${verb} ${what}`), (uid) => checkUid(uid, verb));
}

export function checkHandler<H>(handler: H): H {
  if (typeof handler === "function") return handler;
  throw new TypeError(`The handler is ${Deno.inspect(handler, { depth: 0 })}: expected a function`);
}

const PUT_MANY_OPTIONS = {
  delay: true,
  at: true,
  orderKey: true,
  headers: true,
} satisfies Record<keyof PutManyOptions, true>;
const PUT_OPTIONS = { ...PUT_MANY_OPTIONS, uid: true } satisfies Record<keyof PutOptions, true>;
const GET_OPTIONS = { timeout: true, signal: true } satisfies Record<keyof GetOptions, true>;

/** Limit of an order key in bytes: each item that waits for its turn has a copy. */
const LONGEST_ORDER_KEY = 1_024;

/** When an item is queued, in which order it is handled, and what goes with it. */
interface Terms {
  due?: Due | undefined;
  orderKey?: string | undefined;
  /** As JSON. */
  headers?: string | undefined;
}

/** Reads the options of `putMany`. */
export function termsOf(options: PutManyOptions | undefined): Terms {
  if (options === undefined) return {};
  checkOptions(options, PUT_MANY_OPTIONS);
  return readTerms(options);
}

/** Reads the options of `put`; `undefined`, which most calls give, costs nothing. */
export function placeOf(options: PutOptions | undefined): Terms & { uid?: string } {
  if (options === undefined) return {};
  checkOptions(options, PUT_OPTIONS);
  const { uid } = options;
  if (uid === "") throw new TypeError('Cannot put an item under the uid "": expected a name');
  const terms = readTerms(options);
  return uid === undefined ? terms : { uid: checkUid(uid, "put"), ...terms };
}

function readTerms(options: PutManyOptions): Terms {
  const { orderKey, headers } = options;
  return {
    due: readDue(options),
    orderKey: checkOrderKey(orderKey),
    headers: writeHeaders(headers),
  };
}

export function checkOrderKey(key: unknown): string | undefined {
  if (key === undefined) return undefined;
  const isFit = typeof key === "string" && key !== "" && key.isWellFormed() &&
    new TextEncoder().encode(key).length <= LONGEST_ORDER_KEY;
  if (isFit) return key;
  throw new TypeError(
    `Cannot put an item with the order key ${
      Deno.inspect(key, { strAbbreviateSize: 50 })
    }: expected a string of 1 to ` +
      `${LONGEST_ORDER_KEY} bytes without lone surrogates`,
  );
}

function readDue({ delay, at }: PutManyOptions): Due | undefined {
  if (delay !== undefined && at !== undefined) {
    throw new TypeError("Cannot put an item with a delay and a time (at): expected one of them");
  }
  if (delay !== undefined) {
    if (isDelay(delay)) return delay === 0 ? undefined : { in: delay * 1e6 };
    throw new TypeError(
      `Cannot put an item with the delay ${Deno.inspect(delay)}: expected ${DELAY_EXPECTED}`,
    );
  }
  if (at === undefined) return undefined;
  const ms = at instanceof Date ? at.getTime() : at;
  if (isTime(ms)) return { at: ms * 1000 };
  throw new TypeError(`Cannot put an item at ${Deno.inspect(at)}: expected ${TIME_EXPECTED}`);
}

export function patienceOf(timeout: number | GetOptions): Patience {
  if (typeof timeout !== "object" || timeout === null) return { timeoutMs: timeoutInMs(timeout) };
  checkOptions(timeout, GET_OPTIONS);
  const { timeout: seconds = 0, signal } = timeout;
  checkSignal(signal);
  return { timeoutMs: timeoutInMs(seconds), signal };
}

/** Milliseconds to wait: `Infinity` for no limit, negative for not at all. */
function timeoutInMs(timeout: unknown): number {
  if (typeof timeout !== "number" || Number.isNaN(timeout)) {
    throw new TypeError(
      `Cannot get an item with the timeout ${
        Deno.inspect(timeout)
      }: expected seconds; 0 waits forever, a negative ` +
        "number not at all",
    );
  }
  // Above 24 days no timer counts right, and nobody looks at the clock.
  return timeout === 0 || timeout > 2e6 ? Infinity : timeout * 1000;
}
