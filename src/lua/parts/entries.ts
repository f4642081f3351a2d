import type { MessageReader } from "../message_pack.ts";
import { readScore } from "../score.ts";
import { part } from "../script.ts";
import { clock } from "./clock.ts";
import { COMMON_LEASE } from "./leases.ts";
import { readingOrderKeys } from "./order_keys.ts";

/** Where an item is in its life. */
export type ItemState = "waiting" | "delayed" | "in flight" | "dead";

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
  /** When it was put, in microseconds since the epoch; `undefined` unless its producer chose its uid. */
  namedAt: number | undefined;
  payload: Uint8Array;
}

/**
 * What is known of items.
 *
 * - `statesOf(uids)` returns their states and their times. No list is searched for an item that waits: an item that is in none
 *   of the other places waits, or is an orphan, which will. Of an item in two places it tells the one that counts for a claim.
 * - `addEntry(list, uid, state, time, payload)` adds the strings of an item that has a payload.
 */
export const entries = part(
  ...["ackbuf", "aging", "short", "delayed", "dead", "attempts", "errors", "named"] as const,
)`
${clock}
${readingOrderKeys}
local isAnyUnstamped = redis.call('LLEN', ACKBUF) > 0

local function leaseEnd(uid, score)
  local ends = redis.call('ZSCORE', SHORT, uid)
  -- Unless that is left from an earlier lease.
  if ends and tonumber(ends) >= tonumber(score) then
    return ends
  end
  return text(score + ${COMMON_LEASE})
end

local function statesOf(uids)
  local held = redis.call('ZMSCORE', AGING, unpack(uids))
  local died = redis.call('ZMSCORE', DEAD, unpack(uids))
  local due = redis.call('ZMSCORE', DELAYED, unpack(uids))
  local states, times = {}, {}
  for i, uid in ipairs(uids) do
    if held[i] then
      states[i], times[i] = 'in flight', leaseEnd(uid, held[i])
    elseif isAnyUnstamped and redis.call('LPOS', ACKBUF, uid) then
      states[i], times[i] = 'in flight', ''
    elseif died[i] then
      states[i], times[i] = 'dead', died[i]
    elseif due[i] then
      states[i], times[i] = 'delayed', due[i]
    else
      states[i], times[i] = 'waiting', ''
    end
  end
  return states, times
end

local function addEntry(list, uid, state, time, payload)
  list[#list + 1] = uid
  list[#list + 1] = state
  list[#list + 1] = time
  list[#list + 1] = redis.call('HGET', ATTEMPTS, uid) or '0'
  list[#list + 1] = redis.call('HGET', ERRORS, uid) or ''
  list[#list + 1] = orderKeysOf({uid})[1]
  list[#list + 1] = redis.call('HGET', NAMED, uid) or ''
  list[#list + 1] = payload
end`;

/** How many strings an entry has. */
export const ENTRY_SIZE = 8;

const decoder = new TextDecoder();

/** Reads an array of entries. */
export function readEntries(reader: MessageReader): StoredEntry[] {
  const strings = reader.strings();
  const entries: StoredEntry[] = [];
  for (let i = 0; i < strings.length; i += ENTRY_SIZE) {
    const texts = strings.slice(i, i + ENTRY_SIZE - 1).map((bytes) => decoder.decode(bytes));
    const [uid, state, time, attempts, error, orderKey, namedAt] = texts as [
      ...[uid: string, state: ItemState, time: string, attempts: string],
      ...[error: string, orderKey: string, namedAt: string],
    ];
    entries.push({
      uid,
      state,
      time: time === "" ? undefined : readScore(time),
      attempts: Number(attempts) || 0,
      error,
      orderKey: orderKey || undefined,
      namedAt: Number(namedAt) || undefined,
      payload: strings[i + ENTRY_SIZE - 1]!,
    });
  }
  return entries;
}
