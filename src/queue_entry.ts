import { extractTimestamp, validate as isUuid7 } from "@std/uuid/v7";
import { waitFor } from "./connection/time_limit.ts";
import type { QueueEngine } from "./engine/engine.ts";
import { checkOptions, checkSignal } from "./given_options.ts";
import { type ItemHeaders, readHeaders } from "./headers.ts";
import { MAX_ITEMS } from "./lua/limits.ts";
import { list, type ListPosition, PLACES } from "./lua/list.ts";
import type { StoredEntry } from "./lua/parts/entries.ts";
import type { ItemState } from "./lua/parts/states.ts";
import { dateOf } from "./lua/score.ts";
import type { Codec } from "./serializers.ts";

export type { ItemState } from "./lua/parts/states.ts";

/**
 * An item as Redis holds it at a moment, whatever its state.
 *
 * @typeParam T The type of its payload.
 */
export interface QueueEntry<T> {
  /** The item's uid. */
  uid: string;
  /** Where it is. An item whose turn has not come, because of its order key, is waiting. */
  state: ItemState;
  /** What was put; `undefined` if it can't be read. */
  payload: T | undefined;
  /** The stored bytes. */
  bytes: Uint8Array;
  /** How often it was delivered in vain. */
  attempts: number;
  /** Text of the last error; `""` if there is none. */
  error: string;
  /** The order key that it was put with; `undefined` for none. */
  orderKey: string | undefined;
  /** What was put beside the payload; `{}` for nothing. */
  headers: ItemHeaders;
  /**
   * When it was put: by its producer's clock, as its uid tells, or by Redis's clock if its producer chose the uid; `undefined`
   * if nobody noted it, as of an item of a Python program.
   */
  enqueuedAt: Date | undefined;
  /** When a delayed item is due, by Redis's clock. */
  dueAt: Date | undefined;
  /** When the lease of an item in flight ends, by Redis's clock; `undefined` if a Python consumer has just taken it. */
  leaseEndsAt: Date | undefined;
  /** When a dead letter died, by Redis's clock. */
  diedAt: Date | undefined;
}

/** Which items to list. */
export interface QueueListOptions {
  /** Maximum number, up to 1,000. Default: 100. */
  limit?: number | undefined;
  /** Where to go on: the `cursor` of the list before, with the same state and the same `search`. */
  cursor?: string | undefined;
  /** Text that the uid or the payload must contain, to the letter. One call looks through a part of the items. */
  search?: string | undefined;
  /** Ends the wait for the answer: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const LIST_OPTIONS = {
  limit: true,
  cursor: true,
  search: true,
  signal: true,
} satisfies Record<keyof QueueListOptions, true>;

/** Some of the items of a state. */
export interface QueueList<T> {
  /** The oldest first. They may be fewer than `limit`, or none, though there are more. */
  items: QueueEntry<T>[];
  /** For the next call; `undefined` at the end. */
  cursor: string | undefined;
}

/** Lists items of a state, as {@linkcode SafeRedisQueue.list} does. */
export async function listEntries<T>(
  engine: QueueEngine,
  codec: Codec<T>,
  state: ItemState,
  options: QueueListOptions,
): Promise<QueueList<T>> {
  if (!Object.hasOwn(PLACES, state)) {
    const known = Object.keys(PLACES).map((name) => JSON.stringify(name)).join(", ");
    throw new TypeError(
      `Cannot list items of the state ${Deno.inspect(state)}: expected one of ${known}`,
    );
  }
  checkOptions(options, LIST_OPTIONS);
  const { limit = 100, cursor, search, signal } = options;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_ITEMS) {
    const what = state === "dead" ? "dead letters" : "items";
    throw new TypeError(
      `Cannot list ${Deno.inspect(limit)} ${what}: expected a whole number from 1 to ${MAX_ITEMS}`,
    );
  }
  if (search !== undefined && typeof search !== "string") {
    throw new TypeError(`The option search is ${Deno.inspect(search)}: expected a string`);
  }
  checkSignal(signal);
  const after = cursor === undefined ? undefined : readCursor(cursor, state);
  const listed = engine.run((connection, keys) =>
    list(connection, keys, { state, limit, after, search })
  );
  const { entries, next } = await waitFor(listed, { signal });
  return {
    items: entries.map((entry) => entryOf(entry, codec)),
    cursor: next === undefined ? undefined : writeCursor(next),
  };
}

/** What a user gets to know of an item. */
export function entryOf<T>(entry: StoredEntry, codec: Codec<T>): QueueEntry<T> {
  const { uid, state, time, attempts, error, orderKey, headers, payload } = entry;
  const at = time === undefined ? undefined : dateOf(time);
  return {
    uid,
    state,
    payload: codec.tryDecode(uid, payload),
    bytes: Uint8Array.from(payload), // a copy: it is a window on the whole answer
    attempts,
    error,
    orderKey,
    headers: readHeaders(headers),
    enqueuedAt: enqueuedAt(entry),
    dueAt: state === "delayed" ? at : undefined,
    leaseEndsAt: state === "in flight" ? at : undefined,
    diedAt: state === "dead" ? at : undefined,
  };
}

function enqueuedAt({ uid, namedAt }: StoredEntry): Date | undefined {
  if (isUuid7(uid)) return new Date(extractTimestamp(uid));
  return namedAt === undefined ? undefined : dateOf(namedAt);
}

function writeCursor({ place, left, at, last }: ListPosition): string {
  return `${place}:${left}:${at}:${last}`;
}

const CURSOR = /^([a-z]+):(\d{1,15}):(-?inf|-?\d[\de.+-]{0,30}|\d{1,15}\/\d{1,15}|):(.+)$/s;

/** A cursor may come from an address in a browser. */
function readCursor(cursor: string, state: ItemState): ListPosition {
  const [, place, left, at, last] = CURSOR.exec(String(cursor)) ?? [];
  const known = PLACES[state].find((name) => name === place);
  if (known !== undefined) return { place: known, left: Number(left), at: at!, last: last! };
  throw new TypeError(
    `The cursor ${Deno.inspect(cursor)} is none that a list of what is ${state} returned`,
  );
}
