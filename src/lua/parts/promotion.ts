import { MAX_ITEMS } from "../limits.ts";
import { readScore } from "../score.ts";
import { part } from "../script.ts";
import { clock } from "./clock.ts";

/**
 * `promote()` moves delayed items that are due, at most 1,000, to the end of the queue. Returns the microseconds until the
 * next one is due, '0' if there may be more that are due now, and '' if there is no delayed item.
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

/** Reads what `promote()` returned; `undefined` if there is no delayed item, `Infinity` if it is never due. */
export function millisecondsOf(microseconds: string): number | undefined {
  const isNone = microseconds === "" || microseconds === "none";
  return isNone ? undefined : readScore(microseconds) / 1000;
}
