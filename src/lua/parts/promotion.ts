import { MAX_ITEMS } from "../limits.ts";
import { readScore } from "../score.ts";
import { part } from "../script.ts";
import { clock } from "./clock.ts";

/**
 * `promote()` moves delayed items that are due, at most 1,000, behind those that wait. Returns the microseconds until the
 * next one is due, '0' where there may be more of them, and '' where there is none.
 */
export const promotion = part("queue", "delayed")`
${clock}
local function promote()
  local next = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
  if #next == 0 then
    return ''
  end
  local wait = tonumber(next[2]) - now
  if wait > 0 then
    return text(wait)
  end
  local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', text(now), 'LIMIT', 0, ${MAX_ITEMS})
  -- New place first, see script.ts.
  redis.call('LPUSH', QUEUE, unpack(due))
  redis.call('ZREM', DELAYED, unpack(due))
  return '0'
end`;

/** Reads a script's microseconds; `undefined` where it says that there are none, `Infinity` for those that never end. */
export function millisecondsOf(microseconds: string): number | undefined {
  const isNone = microseconds === "" || microseconds === "none";
  return isNone ? undefined : readScore(microseconds) / 1000;
}
