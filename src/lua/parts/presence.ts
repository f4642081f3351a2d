import type { RedisArgument } from "../../connection/redis_connection.ts";
import { clock } from "./clock.ts";
import { microsecondsOf } from "./leases.ts";
import { part } from "../script.ts";

/** What an instance that consumes says of itself. */
export interface Announcement {
  /** Id of the instance. */
  id: string;
  /** Seconds after which it is taken for gone, unless it says so again. */
  lifetime: number;
  /** Seconds since it began to consume. */
  age: number;
  /** The rest, as JSON: whoever consumes knows it, and Redis does not. */
  details: string;
}

/** How many consumers that are gone one announcement removes. */
const MOST_GONE = 100;

/**
 * `announce(id, lifetime, age, details)` notes that an instance consumes. Returns "OK", or the code of the error if Redis refuses:
 * who consumes is only told to people, so it stops nothing.
 *
 * A note is when the instance began, when it was seen last, and the details, with a space between; times in microseconds
 * since the epoch. Both keys expire with the last consumer.
 */
export const presence = part("consumers", "notes")`
${clock}
local function announce(id, lifetime, age, details)
  local ran, problem = pcall(function()
    -- Rehearsal, see script.ts: a full Redis does not refuse what follows.
    redis.call('ZREM', CONSUMERS, '')
    local gone = redis.call('ZRANGEBYSCORE', CONSUMERS, '-inf', text(now), 'LIMIT', 0, ${MOST_GONE})
    if #gone > 0 then
      redis.call('HDEL', NOTES, unpack(gone))
      redis.call('ZREM', CONSUMERS, unpack(gone))
    end
    local note = redis.call('HGET', NOTES, id)
    local since = note and string.match(note, '^%d+ ') or text(now - age) .. ' '
    redis.call('HSET', NOTES, id, since .. text(now) .. ' ' .. details)
    redis.call('ZADD', CONSUMERS, text(now + lifetime), id)
    local last = redis.call('ZRANGE', CONSUMERS, -1, -1, 'WITHSCORES')[2]
    local seconds = math.ceil((last - now) / 1000000)
    pcall(redis.pcall, 'EXPIRE', NOTES, seconds)
    pcall(redis.pcall, 'EXPIRE', CONSUMERS, seconds)
  end)
  if ran then
    return 'OK'
  end
  local words = type(problem) == 'table' and problem.err or tostring(problem)
  return string.match(words, '^[^%u]*(%u%u+)') or 'ERR'
end`;

/** What `announce` returned as the code of an error; `undefined` if there was none. */
export function refusalOf(answer: string | undefined): string | undefined {
  return answer === "OK" ? undefined : answer;
}

/** An announcement as arguments of a script, in the order of `announce`; empty if there is none. */
export function announcementArgs(announcement: Announcement | undefined): RedisArgument[] {
  if (announcement === undefined) return ["", "", "", ""];
  const { id, lifetime, age, details } = announcement;
  return [id, microsecondsOf(lifetime), microsecondsOf(age), details];
}
