import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { answering, type Claimed, readClaimed } from "./claimed.ts";
import type { QueueKeys } from "./keys.ts";
import { gathering } from "./parts/gathering.ts";
import { COMMON_LEASE, microsecondsOf } from "./parts/leases.ts";
import { claimNotes, type ClaimsRead } from "./parts/claim_notes.ts";
import { promotion } from "./parts/promotion.ts";
import { repetition } from "./parts/repetition.ts";
import { MANY, skipList } from "./parts/skip_list.ts";
import { totals } from "./parts/totals.ts";
import { script } from "./script.ts";

/** How much a claim takes. */
export interface ClaimLimits {
  /** Limit of items, 1,000 or less. */
  max: number;
  /** The claim ends after this many bytes of payload. A single item may be larger. */
  maxBytes: number;
  /** If the call is sent again: delays the first item by a minute and claims nothing. */
  postpone?: boolean;
}

/** What a claim asks for. */
export interface ClaimRequest extends ClaimLimits, Omit<ClaimsRead, "upTo"> {
  /** The claim's number: each claim of an instance has a higher one than the claim before. */
  number: number;
  /** Length of the leases in seconds. */
  lease: number;
  /** How many deliveries an item may have; 0 for no limit. */
  maxAttempts: number;
  /** The limits of the call when it is sent again, after `lost` answers were lost. */
  limitsAfter?: (lost: number) => ClaimLimits;
}

/**
 * Moves the next items from waiting to in flight. Their leases begin now.
 *
 * - First it queues the delayed items that are due.
 * - It drops a uid without payload (its item was requeued and then acked), and a uid that is in flight, delayed or dead (it
 *   was queued twice).
 * - An item that has had all its allowed attempts becomes a dead letter.
 * - If the call is sent again, it gives the same items as before, see {@linkcode repetition}.
 *
 * ARGV    1 limit of items, 2 bytes of payload after which to end, 3 allowed attempts or 0, 4 microseconds of a lease,
 *         5 instance, 6 number of this claim, 7 number of the last claim that was read, 8 "1" to delay the first item if
 *         the claim is sent again
 * Returns see {@linkcode answering}
 */
const claimScript = script("queue", "aging", "delayed", "dead", "paused", "short")`
${claimNotes}
local max, maxBytes, allowed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local length, instance, number = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local lease = newLease(length)
${answering}

-- Rehearsal, see script.ts.
redis.call('LTRIM', QUEUE, 0, -1)
if max >= ${MANY} then
  redis.call('ZREM', AGING, '')
end

${repetition}
local note = claimNote(instance)
if note and note[1] > number then
  -- A later claim overtook this one: nobody reads this answer.
  return finish('0')
elseif note and note[1] == number then
  return repeatClaim(note)
elseif note and note[1] ~= tonumber(ARGV[7]) then
  recall(instance, ARGV[7], number)
end

${promotion}
-- Most queues at most times have nothing popped, delayed, dead or failed, no short lease, and are not paused.
local isSimple = redis.call('EXISTS', POPPED, PAUSED, DELAYED, DEAD, ATTEMPTS, SHORT) == 0
local areResting = false
if not isSimple then
  if redis.call('EXISTS', PAUSED) == 1 then
    gatherPopped()
    return finish('2')
  end
  -- Rehearsal, see script.ts.
  redis.call('HMGET', ATTEMPTS, '')
  answer[3] = promote()
  areResting = redis.call('EXISTS', DELAYED, DEAD) > 0
end

${gathering}
${skipList}
local popped, done, ended = 0, 0, false
if not isSimple then
  popped = gather(POPPED)
end
if hasRoom() then
  done, ended = gather(QUEUE)
end

-- New place first, see script.ts: into the note, then in flight, then out of the list.
if #uids > 0 then
  redis.call('HSET', CLAIMS, instance, cmsgpack.pack({number, lease, unpack(uids)}))
  if beginLeases(uids, lease) < #uids then
    -- Some were queued twice: they were in flight already, or are among these items twice.
    keepHeld()
  end
  if #uids > 0 and (length < ${COMMON_LEASE} or not isSimple) then
    markShort(uids, length)
  end
end
if #buried > 0 then
  local deaths = {}
  for _, uid in ipairs(buried) do
    deaths[#deaths + 1] = text(now)
    deaths[#deaths + 1] = uid
  end
  redis.call('ZADD', DEAD, unpack(deaths))
end
if popped > 0 then
  redis.call('LTRIM', POPPED, 0, -1 - popped)
end
if done > 0 then
  redis.call('LTRIM', QUEUE, 0, -1 - done)
end
${totals}
total('dead', #buried)
return finish(ended and '1' or '0')
`;

/** Claims the next items. */
export async function claim(
  connection: SupervisedConnection,
  keys: QueueKeys,
  claim: ClaimRequest,
): Promise<Claimed> {
  const { lease, maxAttempts, instance, number, read, limitsAfter } = claim;
  const argsOf = ({ max, maxBytes, postpone = false }: ClaimLimits) => [
    ...[max, maxBytes, maxAttempts, microsecondsOf(lease)],
    ...[instance, number, read, postpone ? 1 : 0],
  ];
  const reply = await claimScript.run(connection, keys, {
    args: argsOf(claim),
    argsAfter: limitsAfter && ((lost) => argsOf(limitsAfter(lost))),
    action: "get an item",
  });
  return readClaimed(reply, lease);
}
