import { part } from "../script.ts";

/**
 * `now` is Redis's time in microseconds since the epoch, the only clock that counts. `text` writes such a number: Lua's own
 * conversion would round it.
 */
export const clock = part()`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(microseconds)
  return string.format('%.0f', microseconds)
end`;
