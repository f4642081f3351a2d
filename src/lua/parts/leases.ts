import { clock } from "./clock.ts";
import { part } from "../script.ts";

/** An item that a consumer holds, or held. */
export interface ItemLease {
  uid: string;
  /** Only where this lease is still the item's; by default any. */
  lease?: number | undefined;
}

/** Microseconds: the lease that every client of the data format counts with, the Python library's default. */
const COMMON = 60_000_000;

/**
 * How leases stand in Redis. The score of an item in flight plus 60 s is the end of its lease, for every client of the data
 * format; so a lease that is longer than that is stamped ahead of its time. One that is shorter has its end in the key
 * `short` too, which Python does not know: to it such a lease lasts 60 s. The score, exact to the microsecond, is also the
 * lease's name, which tells one delivery of an item from the next.
 *
 * - `newLease(length)`: the score of a lease that begins now.
 * - `markShort(uids, length)`: says when those leases end, once they stand in `ackbuf_aging`.
 * - `isHeld(uid, lease)`: whether the item is in flight, by this lease, or by any where that is ''.
 * - `endLeases(uids)`: takes items out of flight.
 */
export const leases = part("ackbuf", "aging", "short")`
${clock}
local function newLease(length)
  return text(now + math.max(0, length - ${COMMON}))
end

local function markShort(uids, length)
  if length < ${COMMON} then
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

/** When a lease of `length` seconds began, in microseconds; `lease` is its score as {@linkcode leases} makes it. */
export function startOfLease(lease: number, length: number): number {
  return lease - Math.max(0, microsecondsOf(length) - COMMON);
}

/** Seconds as scripts take them. */
export function microsecondsOf(seconds: number): number {
  return Math.round(seconds * 1e6);
}

/** When a lease ends that stands in Redis by this score, where it is no short one. */
export { COMMON as COMMON_LEASE };
