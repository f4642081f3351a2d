import { clock } from "./clock.ts";
import { part } from "../script.ts";

/** A reference to an item in flight by its lease: a call with it leaves the item alone if it has another lease by now. */
export interface ItemLease {
  uid: string;
  /** Left out, it means any lease. */
  lease?: number | undefined;
}

/** The lease that every client of the data format supposes, in microseconds. It is the default of the Python library. */
export const COMMON_LEASE = 60_000_000;

/**
 * Leases in Redis. For every client of the data format, a lease ends 60 s after the item's score in `ackbuf_aging`.
 *
 * - A longer lease gets a score in the future.
 * - A shorter lease has its end in the key `short`, too. Python does not know this key: for it, such a lease lasts 60 s.
 * - The score, exact to the microsecond, also names the lease, and so tells one delivery of an item from the next.
 *
 * In Lua:
 *
 * - `newLease(length)` returns the score of a lease that begins now.
 * - `markShort(uids, length)` writes the ends of short leases, after their scores. For longer ones it deletes what an earlier
 *   lease left in `short`.
 * - `isHeld(uid, lease)` tells whether the item is in flight with this lease, or with any lease if `lease` is ''.
 * - `endLeases(uids)` takes items out of flight.
 */
export const leases = part("ackbuf", "aging", "short")`
${clock}
local function newLease(length)
  return text(now + math.max(0, length - ${COMMON_LEASE}))
end

local function markShort(uids, length)
  if length < ${COMMON_LEASE} then
    local ends = {}
    for _, uid in ipairs(uids) do
      ends[#ends + 1] = text(now + length)
      ends[#ends + 1] = uid
    end
    redis.call('ZADD', SHORT, unpack(ends))
  elseif redis.call('EXISTS', SHORT) == 1 then
    redis.call('ZREM', SHORT, unpack(uids))
  end
end

local function isHeld(uid, lease)
  local score = redis.call('ZSCORE', AGING, uid)
  if score then
    return lease == '' or tonumber(score) == tonumber(lease)
  end
  return lease == '' and redis.call('LPOS', ACKBUF, uid)
end

local function endLeases(uids)
  for _, uid in ipairs(uids) do
    if redis.call('ZREM', AGING, uid) == 0 then
      redis.call('LREM', ACKBUF, 0, uid)
    end
  end
  if #uids > 0 and redis.call('EXISTS', SHORT) == 1 then
    redis.call('ZREM', SHORT, unpack(uids))
  end
end`;

/** When a lease of `length` seconds began, in microseconds since the epoch; `lease` is its score, see {@linkcode leases}. */
export function startOfLease(lease: number, length: number): number {
  return lease - Math.max(0, microsecondsOf(length) - COMMON_LEASE);
}

/** Scripts take times in microseconds. */
export function microsecondsOf(seconds: number): number {
  return Math.round(seconds * 1e6);
}
