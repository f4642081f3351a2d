import { part } from "../script.ts";
import { leavingOrder } from "./turns.ts";

/**
 * `forget(uids, marks)` deletes all that our own keys hold of items, and lets the next item of each order key have its turn.
 * Payloads, leases and places in lists stay. `marks` is the number of these keys that exist, if the caller knows.
 */
export const forgetting = part(
  ...["attempts", "errors", "delayed", "dead", "short", "named", "orderkeys", "headers"] as const,
)`
local function forget(uids, marks)
  marks = marks or redis.call('EXISTS', ATTEMPTS, DELAYED, DEAD, SHORT, NAMED, ORDERKEYS, HEADERS)
  -- A key counts as often as it is named: so one number tells which of these exist.
  local which = marks > 0 and redis.call('EXISTS', ORDERKEYS, HEADERS, HEADERS) or 0
  local isOrdered, hasHeaders = which % 2 == 1, which > 1
  if hasHeaders then
    redis.call('HDEL', HEADERS, unpack(uids))
    marks = marks - 1
  end
  if marks > (isOrdered and 1 or 0) then
    redis.call('HDEL', ATTEMPTS, unpack(uids))
    redis.call('HDEL', ERRORS, unpack(uids))
    redis.call('ZREM', DELAYED, unpack(uids))
    redis.call('ZREM', DEAD, unpack(uids))
    redis.call('ZREM', SHORT, unpack(uids))
    redis.call('HDEL', NAMED, unpack(uids))
  end
  if isOrdered then
    ${leavingOrder}
    leaveOrder(uids)
  end
end`;
