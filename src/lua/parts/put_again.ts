import { part } from "../script.ts";

/**
 * `wasPutAgain(uid, time)` tells whether an item was put after this time, in microseconds since the epoch. Only a uid that its
 * producer chose can be put again, when the item before it is done.
 */
export const puttingAgain = part("named")`
local function wasPutAgain(uid, time)
  local putAt = redis.call('HGET', NAMED, uid)
  return putAt and tonumber(putAt) > tonumber(time)
end`;
