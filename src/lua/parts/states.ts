import { part } from "../script.ts";
import { clock } from "./clock.ts";
import { COMMON_LEASE } from "./leases.ts";

/** Where an item is in its life. */
export type ItemState = "waiting" | "delayed" | "in flight" | "dead";

/** All of them. */
export const ITEM_STATES: readonly ItemState[] = ["waiting", "delayed", "in flight", "dead"];

/**
 * `statesOf(uids)` returns the states of items, and when they are due, their leases end, or they died, '' if that has no time.
 *
 * No list is searched for an item that waits: one that is in none of the other places waits, or is an orphan, which will. Of an
 * item in two places it tells the one that counts for a claim.
 */
export const states = part("ackbuf", "aging", "short", "delayed", "dead")`
${clock}
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
end`;
