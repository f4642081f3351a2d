import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { promotingFrom } from "./promote.ts";
import { Script } from "./script.ts";
import { countingIn } from "./totals.ts";

/** What one step of an autoclean pass did. */
export interface CleanStep {
  /** Items taken by a blocking pop whose lease is stamped now. */
  stamped: number;
  /** Items whose lease ran out: they are requeued or, after the last allowed attempt, dead. */
  expired: number;
  /** Items more than all lists hold: orphans, unless it passes. */
  surplus: number;
  /** Items that have failed before, or are dead. */
  marked: number;
  /** Whether the step stopped at its limit, so that there may be more to do. */
  more: boolean;
}

/** Items handled in one step: about a millisecond of Redis's time. */
const LIMIT = 500;

/**
 * Starts the leases of popped items whose consumer never did, and requeues the items whose lease ran out: that was an
 * attempt, and the last allowed one moves an item to the dead letters. Queues the delayed items that are due.
 *
 * KEYS    1 queue, 2 items, 3 ackbuf, 4 ackbuf_aging, 5 attempts, 6 errors, 7 delayed, 8 dead, 9 stats
 * ARGV    1 length of a lease in microseconds, 2 most items of each kind, 3 allowed attempts or 0 for no limit
 * Returns "STAMPED EXPIRED SURPLUS MARKED": items of each kind, how many more there are than all lists hold, and how
 *         many have failed before or are dead
 */
const script = new Script(`
${promotingFrom({ queue: 1, delayed: 7 })}
${countingIn(9)}

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, allowed = tonumber(ARGV[2]), tonumber(ARGV[3])

-- Without effect: a full Redis refuses ZADD and LPUSH unless the script has begun to write.
redis.call('ZREM', KEYS[4], '')
promote(now)

local unstamped = redis.call('LRANGE', KEYS[3], -limit, -1)
if #unstamped > 0 then
  local leases = {}
  for _, uid in ipairs(unstamped) do
    leases[#leases + 1] = now
    leases[#leases + 1] = uid
  end
  redis.call('ZADD', KEYS[4], 'NX', unpack(leases))
  redis.call('LTRIM', KEYS[3], 0, -#unstamped - 1)
end

-- Lua's own number to text conversion would round the time.
local ranOut = string.format('(%.0f', now - ARGV[1])
local expired = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ranOut, 'LIMIT', 0, limit)
if #expired > 0 then
  local requeued, died, marks = {}, {}, {}
  local attempts = redis.call('HMGET', KEYS[5], unpack(expired))
  for i, uid in ipairs(expired) do
    if redis.call('HEXISTS', KEYS[2], uid) == 1 then
      local count = (attempts[i] or 0) + 1
      marks[#marks + 1] = uid
      marks[#marks + 1] = count
      if allowed > 0 and count >= allowed then
        died[#died + 1] = string.format('%.0f', now)
        died[#died + 1] = uid
        redis.call('HSET', KEYS[6], uid, 'its lease ran out: its consumer crashed, hung, or took too long')
      else
        requeued[#requeued + 1] = uid
      end
    end
  end
  if #requeued > 0 then
    redis.call('LPUSH', KEYS[1], unpack(requeued))
  end
  if #died > 0 then
    redis.call('ZADD', KEYS[8], unpack(died))
  end
  if #marks > 0 then
    redis.call('HSET', KEYS[5], unpack(marks))
  end
  -- Last: should it be refused, an item in two places does no harm, one in none would.
  redis.call('ZREM', KEYS[4], unpack(expired))
  total('expired', #marks / 2)
  total('dead', #died / 2)
end

local surplus = redis.call('HLEN', KEYS[2])
surplus = surplus - redis.call('LLEN', KEYS[1])
surplus = surplus - redis.call('LLEN', KEYS[3])
surplus = surplus - redis.call('ZCARD', KEYS[4])
surplus = surplus - redis.call('ZCARD', KEYS[7])
local dead = redis.call('ZCARD', KEYS[8])
local marked = redis.call('HLEN', KEYS[5])
return table.concat({#unstamped, #expired, surplus - dead, math.max(marked, dead)}, ' ')
`);

const decoder = new TextDecoder();

/** One bounded step of an autoclean pass; `lease` in seconds, `maxAttempts` 0 for no limit. */
export async function autoclean(
  connection: SupervisedConnection,
  keys: QueueKeys,
  lease: number,
  maxAttempts = 0,
): Promise<CleanStep> {
  const reply = await script.run(connection, {
    keys: [
      ...[keys.queue, keys.items, keys.ackbuf, keys.aging],
      ...[keys.attempts, keys.errors, keys.delayed, keys.dead, keys.stats],
    ],
    args: [Math.round(lease * 1e6), LIMIT, maxAttempts],
    action: "requeue abandoned items",
  });
  const [stamped, expired, surplus, marked] = decoder.decode(reply).split(" ").map(Number) as [
    ...[number, number],
    ...[number, number],
  ];
  return { stamped, expired, surplus, marked, more: stamped === LIMIT || expired === LIMIT };
}
