import type { MessageReader } from "../message_pack.ts";
import { readScore } from "../score.ts";
import { part } from "../script.ts";
import { PLACE } from "./order_keys.ts";
import { type ItemState, states } from "./states.ts";

/** All that Redis knows of an item. */
export interface StoredEntry {
  uid: string;
  state: ItemState;
  /** When it is due, its lease ends, or it died, in microseconds since the epoch; `undefined` if it waits, or has no lease yet. */
  time: number | undefined;
  attempts: number;
  /** Text of the last error; "" if there is none. */
  error: string;
  orderKey: string | undefined;
  /** uid of the item that has the turn of the order key; `undefined` if there is none. */
  head: string | undefined;
  /** When it was put, in microseconds since the epoch; `undefined` unless its producer chose its uid. */
  namedAt: number | undefined;
  /** As JSON. */
  headers?: string;
  payload: Uint8Array;
}

/**
 * What is known of items: `addEntry(list, uid, state, time, payload)` adds the strings of one that has a payload. State and time
 * are those of {@linkcode states}. Returns the size of its headers.
 */
export const entries = part("attempts", "errors", "named", "orderkeys", "heads", "headers")`
${states}
local hasHeaders = redis.call('EXISTS', HEADERS) == 1

local function addEntry(list, uid, state, time, payload)
  list[#list + 1] = uid
  list[#list + 1] = state
  list[#list + 1] = time
  list[#list + 1] = redis.call('HGET', ATTEMPTS, uid) or '0'
  list[#list + 1] = redis.call('HGET', ERRORS, uid) or ''
  local ordered = redis.call('HGET', ORDERKEYS, uid)
  local key = ordered and string.sub(ordered, ${PLACE + 1}) or ''
  list[#list + 1] = key
  list[#list + 1] = key ~= '' and redis.call('HGET', HEADS, key) or ''
  list[#list + 1] = redis.call('HGET', NAMED, uid) or ''
  local headers = hasHeaders and redis.call('HGET', HEADERS, uid) or ''
  list[#list + 1] = headers
  list[#list + 1] = payload
  return #headers
end`;

/** How many strings an entry has. */
export const ENTRY_SIZE = 10;

const decoder = new TextDecoder();

/** Reads an array of entries. */
export function readEntries(reader: MessageReader): StoredEntry[] {
  const strings = reader.strings();
  const entries: StoredEntry[] = [];
  for (let i = 0; i < strings.length; i += ENTRY_SIZE) {
    const texts = strings.slice(i, i + ENTRY_SIZE - 1).map((bytes) => decoder.decode(bytes));
    const [uid, state, time, attempts, error, orderKey, head, namedAt, headers] = texts as [
      ...[uid: string, state: ItemState, time: string, attempts: string],
      ...[error: string, orderKey: string, head: string, namedAt: string, headers: string],
    ];
    entries.push({
      uid,
      state,
      time: time === "" ? undefined : readScore(time),
      attempts: Number(attempts) || 0,
      error,
      orderKey: orderKey || undefined,
      head: head || undefined,
      namedAt: Number(namedAt) || undefined,
      ...(headers === "" ? {} : { headers }),
      payload: strings[i + ENTRY_SIZE - 1]!,
    });
  }
  return entries;
}
