import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/** How many dead letters are kept. */
export interface DeadLetterLimits {
  maxCount: number;
  /** Seconds. */
  maxAge: number;
}

/** Items looked at in one step: about a millisecond of Redis's time. */
const LIMIT = 500;

/**
 * Deletes what is known of items that are gone (a client of the data format alone acked them), and the dead letters above
 * the limits, the oldest first.
 *
 * KEYS    1 items, 2 attempts, 3 errors, 4 delayed, 5 dead
 * ARGV    1 where the search goes on, "0" at its beginning, 2 most items, 3 dead letters to keep, 4 microseconds to keep
 *         them
 * Returns "NEXT DELETED": where the search goes on, "0" at its end, and how many dead letters were deleted
 */
const script = new Script(`
local time = redis.call('TIME')
local oldest = string.format('%.0f', time[1] * 1000000 + time[2] - ARGV[4])
local limit = tonumber(ARGV[2])

local function forget(uid)
  redis.call('HDEL', KEYS[2], uid)
  redis.call('HDEL', KEYS[3], uid)
  redis.call('ZREM', KEYS[4], uid)
  redis.call('ZREM', KEYS[5], uid)
end

local scan = redis.call('HSCAN', KEYS[2], ARGV[1], 'COUNT', limit)
for i = 1, #scan[2], 2 do
  if redis.call('HEXISTS', KEYS[1], scan[2][i]) == 0 then
    forget(scan[2][i])
  end
end

local surplus = math.min(redis.call('ZCARD', KEYS[5]) - ARGV[3], limit)
local dead = {}
if surplus > 0 then
  dead = redis.call('ZRANGE', KEYS[5], 0, surplus - 1)
else
  dead = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', oldest, 'LIMIT', 0, limit)
end
for _, uid in ipairs(dead) do
  redis.call('HDEL', KEYS[1], uid)
  forget(uid)
end
return scan[1] .. ' ' .. #dead
`);

const decoder = new TextDecoder();

/** One bounded step of a search, from `cursor` on; resolves to where it goes on, "0" at its end. */
export async function sweep(
  connection: SupervisedConnection,
  keys: QueueKeys,
  cursor: string,
  { maxCount, maxAge }: DeadLetterLimits,
): Promise<{ cursor: string; deleted: number; more: boolean }> {
  const reply = await script.run(connection, {
    keys: [keys.items, keys.attempts, keys.errors, keys.delayed, keys.dead],
    args: [cursor, LIMIT, maxCount, Math.round(maxAge * 1e6)],
    action: "delete what is known of items that are gone",
  });
  const [next = "0", deleted] = decoder.decode(reply).split(" ");
  return {
    cursor: next,
    deleted: Number(deleted),
    more: next !== "0" || Number(deleted) === LIMIT,
  };
}
