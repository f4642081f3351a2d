import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { clock } from "./parts/clock.ts";
import { forgetting } from "./parts/forget.ts";
import { microsecondsOf } from "./parts/leases.ts";
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
/** How many uids one step looks at in each place. */
const SAMPLE = 100;

/**
 * Deletes
 *
 * - what Redis still keeps of items that are gone: a Python consumer acks an item and does not know our keys. It looks at
 *   random samples, since nothing tells how much is left over;
 * - uids without payload at the front of the queue;
 * - dead letters above the limits, the longest dead first.
 *
 * ARGV    1 how many dead letters to keep, 2 how many microseconds to keep them; "" and "" to keep all
 * Returns "1" if another step may find more, or "0"
 */
const sweepScript = script("items", "queue")`
${clock}
${forgetting}

local function withoutPayload(uids)
  local gone = {}
  for _, uid in ipairs(uids) do
    if redis.call('HEXISTS', ITEMS, uid) == 0 then
      gone[#gone + 1] = uid
    end
  end
  return gone
end

local worthMore = false
local function forgetGone(sample)
  local gone = withoutPayload(sample)
  if #gone > 0 then
    forget(gone)
  end
  worthMore = worthMore or #gone > ${SAMPLE / 4}
end

forgetGone(redis.call('HRANDFIELD', ATTEMPTS, ${SAMPLE}))
forgetGone(redis.call('HRANDFIELD', NAMED, ${SAMPLE}))
forgetGone(redis.call('ZRANDMEMBER', DELAYED, ${SAMPLE}))
forgetGone(redis.call('ZRANDMEMBER', DEAD, ${SAMPLE}))

local window = redis.call('LRANGE', QUEUE, -${SAMPLE}, -1)
local ghosts = withoutPayload(window)
if #ghosts == #window and #window > 0 then
  redis.call('LTRIM', QUEUE, 0, -#window - 1)
  worthMore = true
else
  for _, uid in ipairs(ghosts) do
    redis.call('LREM', QUEUE, -1, uid)
  end
end

if ARGV[1] ~= '' then
  -- Rehearsal, see script.ts.
  redis.call('HDEL', ITEMS, '')
  local surplus = math.min(redis.call('ZCARD', DEAD) - ARGV[1], ${LIMIT})
  local dead = {}
  if surplus > 0 then
    dead = redis.call('ZRANGE', DEAD, 0, surplus - 1)
  else
    local oldest = text(now - ARGV[2])
    dead = redis.call('ZRANGEBYSCORE', DEAD, '-inf', oldest, 'LIMIT', 0, ${LIMIT})
  end
  if #dead > 0 then
    forget(dead)
    redis.call('HDEL', ITEMS, unpack(dead))
  end
  worthMore = worthMore or #dead == ${LIMIT}
end
return worthMore and '1' or '0'
`;

/** Does one step. Resolves to whether another step may find more. Without `limits` it deletes no dead letter. */
export async function sweep(
  connection: SupervisedConnection,
  keys: QueueKeys,
  limits?: DeadLetterLimits,
): Promise<boolean> {
  const reply = await sweepScript.run(connection, keys, {
    args: limits === undefined ? ["", ""] : [limits.maxCount, microsecondsOf(limits.maxAge)],
    action: "delete what is known of items that are gone",
  });
  return isYes(reply);
}
