import { part } from "../script.ts";

/**
 * Redis's clock is the only one that counts.
 *
 * - `now` is its time in microseconds since the epoch.
 * - `text(microseconds)` writes such a number. Lua's own conversion would round it.
 */
export const clock = part()`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(microseconds)
  return string.format('%.0f', microseconds)
end`;
