import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { COMMON_LEASE, microsecondsOf } from "./parts/leases.ts";
import { attemptCount } from "./parts/attempts.ts";
import { claimNotes, type ClaimsRead } from "./parts/claim_notes.ts";
import { type Announcement, announcementArgs, presence, refusalOf } from "./parts/presence.ts";
import { millisecondsOf, promotion } from "./parts/promotion.ts";
import { part, script } from "./script.ts";
import { totals } from "./parts/totals.ts";

/** What one step of an autoclean pass did. */
export interface CleanStep {
  /** Items that a Python consumer has popped and that now got their lease. */
  stamped: number;
  /** Items whose lease was over. They were requeued. */
  expired: number;
  /** How many more items there are than all places hold: orphans, unless the surplus is gone in the next step. */
  surplus: number;
  /** Whether Redis keeps more of some item than payload and place: it has failed, is dead, or has a chosen uid, an order key or headers. */
  marked: boolean;
  /** Order keys that a dead letter holds up. */
  held: number;
  /** How many more uids all places hold than there are items: ghosts, uids without payload. */
  ghosts: number;
  /** Milliseconds until the next lease ends, as far as it is known now; `undefined` if nothing is in flight. */
  nextEndMs: number | undefined;
  /** Whether the step ended at its limit, so there may be more to do. */
  more: boolean;
  /** The code of the error for which Redis did not note the announcement; `undefined` if it did, or if there was none. */
  refusal?: string | undefined;
}

/** Limit of each kind of item in one step: about a millisecond of Redis's time. */
const LIMIT = 500;
/** How many notes of claims one step looks at. */
const NOTES = 5;

/**
 * One step of the cleaner. In this order, it
 *
 * 1. queues the delayed items that are due;
 * 2. gives a lease to the items that Python consumers have popped;
 * 3. requeues the items whose lease is over, no matter who gave it, and counts the attempt;
 * 4. puts back in front what was popped, and what this instance claimed and nobody read;
 * 5. deletes some notes of claims whose lease is over;
 * 6. counts what the other cleaners look for.
 *
 * ARGV    1 microseconds of the lease for items that have none, 2 limit of each kind of item, 3 to 6 announcement of this
 *         instance; then for each claimer that has no claim under way: its instance, number of its last claim that was
 *         read, number of its last claim that was read or given up
 * Returns "STAMPED EXPIRED SURPLUS MARKED HELD WAIT", see {@linkcode CleanStep}; SURPLUS is negative if the places hold
 *         more uids than there are items; MARKED is 0 for no; WAIT is in microseconds, or "none"
 */
const cleaning = part(
  ...["queue", "items", "ackbuf", "aging", "short", "popped", "claims", "named"] as const,
  ...["attempts", "errors", "delayed", "dead", "orderkeys", "heads", "parked", "held"] as const,
  ...["headers"] as const,
)`
${attemptCount}
${claimNotes}
${promotion}
${totals}

local limit = tonumber(ARGV[2])

-- Rehearsal, see script.ts.
redis.call('ZREM', AGING, '')
promote()

local unstamped = redis.call('LRANGE', ACKBUF, -limit, -1)
if #unstamped > 0 then
  local begun = {}
  for _, uid in ipairs(unstamped) do
    if redis.call('ZADD', AGING, 'NX', newLease(tonumber(ARGV[1])), uid) == 1 then
      begun[#begun + 1] = uid
    end
  end
  if #begun > 0 then
    markShort(begun, tonumber(ARGV[1]))
  end
  redis.call('LTRIM', ACKBUF, 0, -#unstamped - 1)
end

-- A lease of a minute or more is over a minute after its score. A shorter one is over when 'short' says so, unless that
-- entry is left from an earlier lease.
local over = redis.call('ZRANGEBYSCORE', AGING, '-inf', text(now - ${COMMON_LEASE}), 'LIMIT', 0, limit)
local expired, isOver = {}, {}
for _, uid in ipairs(over) do
  expired[#expired + 1] = uid
  isOver[uid] = true
end
local short = redis.call('ZRANGEBYSCORE', SHORT, '-inf', text(now), 'WITHSCORES', 'LIMIT', 0, limit)
for i = 1, #short, 2 do
  local score = redis.call('ZSCORE', AGING, short[i])
  if score and tonumber(score) <= tonumber(short[i + 1]) then
    if not isOver[short[i]] then
      expired[#expired + 1] = short[i]
    end
  else
    redis.call('ZREM', SHORT, short[i])
  end
end
if #expired > 0 then
  local requeued, marks, reasons = {}, {}, {}
  local attempts = redis.call('HMGET', ATTEMPTS, unpack(expired))
  for i, uid in ipairs(expired) do
    if redis.call('HEXISTS', ITEMS, uid) == 1 then
      requeued[#requeued + 1] = uid
      marks[#marks + 1] = uid
      marks[#marks + 1] = countOf(attempts[i]) + 1
      reasons[#reasons + 1] = uid
      reasons[#reasons + 1] = 'its lease ran out: its consumer crashed, hung, or took too long'
    end
  end
  -- New place first, see script.ts.
  if #requeued > 0 then
    redis.call('LPUSH', QUEUE, unpack(requeued))
    redis.call('HSET', ATTEMPTS, unpack(marks))
    redis.call('HSET', ERRORS, unpack(reasons))
  end
  endLeases(expired)
  total('expired', #requeued)
end

gatherPopped()
for i = 7, #ARGV, 3 do
  recall(ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
if redis.call('EXISTS', CLAIMS) == 1 then
  local some = redis.call('HRANDFIELD', CLAIMS, ${NOTES}, 'WITHVALUES')
  for i = 1, #some, 2 do
    local lease = tonumber(some[i + 1]) or string.match(some[i + 1], '^%d+ (%d+) ')
    if lease + ${COMMON_LEASE} < now then
      redis.call('HDEL', CLAIMS, some[i])
    end
  end
end

local surplus = redis.call('HLEN', ITEMS)
surplus = surplus - redis.call('LLEN', QUEUE)
surplus = surplus - redis.call('LLEN', ACKBUF)
surplus = surplus - redis.call('ZCARD', AGING)
surplus = surplus - redis.call('ZCARD', DELAYED)
surplus = surplus - redis.call('ZCARD', PARKED)
local dead = redis.call('ZCARD', DEAD)
local held = redis.call('HLEN', HELD)
local marked = redis.call('EXISTS', ATTEMPTS, NAMED, DEAD, ORDERKEYS, HEADS, HEADERS)
-- In 'aging' a short lease ends later than it does.
local aging = redis.call('ZRANGE', AGING, 0, 0, 'WITHSCORES')[2]
local soonest = redis.call('ZRANGE', SHORT, 0, 0, 'WITHSCORES')[2]
local ends = math.min(aging and aging + ${COMMON_LEASE} or math.huge, tonumber(soonest or math.huge))
local wait = aging and text(ends - now) or 'none'
local step = table.concat({#unstamped, #expired, surplus - dead, marked, held, wait}, ' ')
`;

const autocleanScript = script()`
${cleaning}
return step
`;

/**
 * The same of an instance that consumes, and says so. A script of its own, since Redis lets nobody run a script who may not
 * use all its keys.
 *
 * Returns "STAMPED EXPIRED SURPLUS MARKED HELD WAIT REFUSAL"; REFUSAL is the code of an error, or "OK"
 */
const announcingScript = script()`
${presence}
local refusal = announce(ARGV[3], ARGV[4], ARGV[5], ARGV[6])
${cleaning}
return step .. ' ' .. refusal
`;

const decoder = new TextDecoder();

/**
 * Does one step of an autoclean pass.
 *
 * @param lease Seconds.
 * @param claims Which claims of this instance were read.
 * @param announcement What this instance says of itself, if it consumes.
 */
export async function autoclean(
  connection: SupervisedConnection,
  keys: QueueKeys,
  lease: number,
  claims: ClaimsRead[] = [],
  announcement?: Announcement,
): Promise<CleanStep> {
  const script = announcement === undefined ? autocleanScript : announcingScript;
  const reply = await script.run(connection, keys, {
    args: [
      microsecondsOf(lease),
      LIMIT,
      ...announcementArgs(announcement),
      ...claims.flatMap(({ instance, read, upTo }) => [instance, read, upTo]),
    ],
    action: "requeue abandoned items",
  });
  const words = decoder.decode(reply).split(" ");
  const [stamped, expired, surplus, marked, held] = words.slice(0, 5).map(Number) as [
    ...[number, number, number],
    ...[number, number],
  ];
  const [wait, announced] = words.slice(5);
  const refusal = refusalOf(announced);
  return {
    stamped,
    expired,
    surplus: Math.max(surplus, 0),
    marked: marked > 0,
    held,
    ghosts: Math.max(-surplus, 0),
    nextEndMs: millisecondsOf(wait!),
    more: stamped === LIMIT || expired >= LIMIT,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
