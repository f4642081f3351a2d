import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/** What one step of an autoclean pass did. */
export interface CleanStep {
  /** Items taken by a blocking pop whose lease is stamped now. */
  stamped: number;
  /** Items requeued since their lease ran out. */
  expired: number;
  /** Items more than all lists hold: orphans, unless it passes. */
  surplus: number;
  /** Whether the step stopped at its limit, so that there may be more to do. */
  more: boolean;
}

/** Items handled in one step: about a millisecond of Redis's time. */
const LIMIT = 500;

/**
 * Starts the leases of popped items whose consumer never did, and requeues the items whose lease ran out.
 *
 * KEYS    1 queue, 2 items, 3 ackbuf, 4 ackbuf_aging
 * ARGV    1 length of a lease in microseconds, 2 most items of each kind
 * Returns "STAMPED EXPIRED SURPLUS": items of each kind, and how many more there are than all lists hold
 */
const script = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[2])

-- Without effect: a full Redis refuses ZADD and LPUSH unless the script has begun to write.
redis.call('ZREM', KEYS[4], '')

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
  local requeued = {}
  for _, uid in ipairs(expired) do
    if redis.call('HEXISTS', KEYS[2], uid) == 1 then
      requeued[#requeued + 1] = uid
    end
  end
  if #requeued > 0 then
    redis.call('LPUSH', KEYS[1], unpack(requeued))
  end
  -- Last: should it be refused, an item in two places does no harm, one in none would.
  redis.call('ZREM', KEYS[4], unpack(expired))
end

local surplus = redis.call('HLEN', KEYS[2])
surplus = surplus - redis.call('LLEN', KEYS[1])
surplus = surplus - redis.call('LLEN', KEYS[3])
surplus = surplus - redis.call('ZCARD', KEYS[4])
return #unstamped .. ' ' .. #expired .. ' ' .. surplus
`);

const decoder = new TextDecoder();

/** One bounded step of an autoclean pass; `lease` in seconds. */
export async function autoclean(
  connection: SupervisedConnection,
  keys: QueueKeys,
  lease: number,
): Promise<CleanStep> {
  const reply = await script.run(connection, {
    keys: [keys.queue, keys.items, keys.ackbuf, keys.aging],
    args: [Math.round(lease * 1e6), LIMIT],
    action: "requeue abandoned items",
  });
  const [stamped, expired, surplus] = decoder.decode(reply).split(" ").map(Number) as [
    number,
    number,
    number,
  ];
  return { stamped, expired, surplus, more: stamped === LIMIT || expired === LIMIT };
}
