import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { clock } from "./parts/clock.ts";
import { forgetting } from "./parts/forget.ts";
import { microsecondsOf } from "./parts/leases.ts";
import { orderKeys } from "./parts/order_keys.ts";
import { passingOn } from "./parts/turns.ts";
import { script } from "./script.ts";
import { isYes } from "./statuses.ts";

/** How many dead letters to keep, and how long. */
export interface DeadLetterLimits {
  maxCount: number;
  /** In seconds. */
  maxAge: number;
}

/** Limit of dead letters that one step deletes: about a millisecond of Redis's time. */
const LIMIT = 500;
/** How many dead letters one step looks at: those that hold up their order key stay. */
const MOST_LOOKS = 5_000;
/** How many uids the first step of a pass looks at in each place. */
const FEW = 20;
/** How many uids a further step looks at in each place. */
const MANY = 500;
/** How many uids a step looks at, at most, at the front of the queue: to take one out of the list takes longer. */
const WINDOW = 100;

/**
 * Deletes
 *
 * - what Redis still keeps of items that are gone: a Python consumer acks an item and does not know our keys. It looks at
 *   random samples, since nothing tells how much is left over. If every item is marked, and few are gone, a look at a few must
 *   do: the share of what is left over grows while the others are acked, and it is found then;
 * - uids without payload at the front of the queue;
 * - dead letters above the limits, the longest dead first, but none that holds up its order key.
 *
 * It ends the turn of an item that is gone, and the next one of its order key has its own.
 *
 * ARGV    1 how many dead letters to keep, 2 how many microseconds to keep them; "" and "" to keep all; 3 how many uids to look
 *         at in each place
 * Returns "1" if another step may find more, or "0"
 */
const sweepScript = script(
  ...["items", "queue", "orderkeys", "heads", "parked", "held", "headers"] as const,
)`
${clock}
${forgetting}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')

local function withoutPayload(uids)
  local gone = {}
  for _, uid in ipairs(uids) do
    if redis.call('HEXISTS', ITEMS, uid) == 0 then
      gone[#gone + 1] = uid
    end
  end
  return gone
end

local looks = tonumber(ARGV[3])
local worthMore = false
local function forgetGone(sample)
  local gone = withoutPayload(sample)
  if #gone > 0 then
    forget(gone)
  end
  worthMore = worthMore or #gone > looks / 4
end

forgetGone(redis.call('HRANDFIELD', ATTEMPTS, looks))
forgetGone(redis.call('HRANDFIELD', NAMED, looks))
forgetGone(redis.call('HRANDFIELD', ORDERKEYS, looks))
forgetGone(redis.call('ZRANDMEMBER', DELAYED, looks))
forgetGone(redis.call('ZRANDMEMBER', DEAD, looks))

local window = redis.call('LRANGE', QUEUE, -math.min(looks, ${WINDOW}), -1)
local ghosts = withoutPayload(window)
if #ghosts == #window and #window > 0 then
  redis.call('LTRIM', QUEUE, 0, -#window - 1)
  worthMore = true
else
  for _, uid in ipairs(ghosts) do
    redis.call('LREM', QUEUE, -1, uid)
  end
end

-- A key counts as often as it is named: so one number tells which of these exist.
local which = redis.call('EXISTS', HEADERS, HEADS, HEADS, PARKED, PARKED)
if which % 2 == 1 then
  forgetGone(redis.call('HRANDFIELD', HEADERS, looks))
end
if which > 1 then
  ${orderKeys}
  ${passingOn}
  local function checkTurn(key)
    local uid = redis.call('HGET', HEADS, key)
    local isGone = not uid or redis.call('HEXISTS', ITEMS, uid) == 0
    if isGone or (redis.call('ZSCORE', DEAD, uid) and redis.call('HEXISTS', HELD, uid) == 0) then
      passOn(key)
    end
  end

  for _, key in ipairs(redis.call('HRANDFIELD', HEADS, looks)) do
    checkTurn(key)
  end
  for _, member in ipairs(redis.call('ZRANDMEMBER', PARKED, looks)) do
    local key, _, uid = partsOf(member)
    if redis.call('HEXISTS', ITEMS, uid) == 0 then
      redis.call('ZREM', PARKED, member)
    end
    checkTurn(key)
  end
end

if ARGV[1] ~= '' then
  local surplus = redis.call('ZCARD', DEAD) - redis.call('HLEN', HELD) - ARGV[1]
  local wanted = surplus > 0 and math.min(surplus, ${LIMIT}) or ${LIMIT}
  local oldest = text(now - ARGV[2])
  local dead, looks = {}, 0
  repeat
    local window
    if surplus > 0 then
      window = redis.call('ZRANGE', DEAD, looks, looks + ${LIMIT - 1})
    else
      window = redis.call('ZRANGEBYSCORE', DEAD, '-inf', oldest, 'LIMIT', looks, ${LIMIT})
    end
    for _, uid in ipairs(window) do
      if #dead < wanted and redis.call('HEXISTS', HELD, uid) == 0 then
        dead[#dead + 1] = uid
      end
    end
    looks = looks + ${LIMIT}
  until #dead == wanted or #window < ${LIMIT} or looks == ${MOST_LOOKS}
  if #dead > 0 then
    forget(dead)
    redis.call('HDEL', ITEMS, unpack(dead))
  end
  worthMore = worthMore or #dead == ${LIMIT}
end
return worthMore and '1' or '0'
`;

/**
 * Does one step. Resolves to whether another step may find more. Without `limits` it deletes no dead letter.
 *
 * @param isFirst Whether it is only a look: most passes find nothing.
 */
export async function sweep(
  connection: SupervisedConnection,
  keys: QueueKeys,
  limits?: DeadLetterLimits,
  isFirst = false,
): Promise<boolean> {
  const kept = limits === undefined ? ["", ""] : [limits.maxCount, microsecondsOf(limits.maxAge)];
  const reply = await sweepScript.run(connection, keys, {
    args: [...kept, isFirst ? FEW : MANY],
    action: "delete what is known of items that are gone",
  });
  return isYes(reply);
}
