import { part } from "../script.ts";
import { leavingOrder } from "./turns.ts";

/**
 * `forget(uids)` deletes all that our own keys hold of items, and lets the next item of each order key have its turn. Payloads,
 * leases and places in lists stay.
 */
export const forgetting = part(
  ...["attempts", "errors", "delayed", "dead", "short", "named", "orderkeys"] as const,
)`
local function forget(uids)
  local marks = redis.call('EXISTS', ATTEMPTS, DELAYED, DEAD, SHORT, NAMED, ORDERKEYS)
  local isOrdered = marks > 0 and redis.call('EXISTS', ORDERKEYS) == 1
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
