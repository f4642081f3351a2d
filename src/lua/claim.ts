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

/** How many items a claim takes. */
export interface ClaimLimits {
  /** Most items, at most 1,000. */
  max: number;
  /** Bytes of payload after which to stop: one item may be larger. */
  maxBytes: number;
  /** Whether to put off the first item for a minute in place of claiming it, where the call is sent again. */
  postpone?: boolean;
}

/** What a claim asks for. */
export interface ClaimRequest extends ClaimLimits, Omit<ClaimsRead, "upTo"> {
  /** The claim's number: one more than that of this instance's claim before. */
  number: number;
  /** Seconds. */
  lease: number;
  /** Deliveries that an item may have; 0 for no limit. */
  maxAttempts: number;
  /** The limits of a call that is sent again, after so many answers were lost. */
  limitsAfter?: (lost: number) => ClaimLimits;
}

/**
 * Moves the next items from waiting to in flight; their leases begin now. A uid without payload (its item was acked after
 * it was requeued) is dropped, and so is one that is in flight, delayed or dead (it was queued twice). An item that was
 * delivered in vain as often as is allowed becomes a dead letter in place of being delivered. Delayed items that are due
 * are queued before.
 *
 * Sent again, the claim gives the same items, as far as they fit the limits, and puts the rest back in front.
 *
 * ARGV    1 most items, 2 bytes of payload after which to stop, 3 allowed attempts or 0, 4 microseconds of a lease,
 *         5 instance, 6 number of this claim, 7 number of the last one that was read, 8 "1" to put off the first item for a
 *         minute where the claim is sent again
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
  -- A later claim overtook this one, whose answer nobody reads.
  return finish('0')
elseif note and note[1] == number then
  return repeatClaim(note)
elseif note and note[1] ~= tonumber(ARGV[7]) then
  recall(instance, ARGV[7], number)
end

-- None that is popped, paused, delayed, dead, or has failed before, and no short lease: as in most queues at most times.
local isSimple = redis.call('EXISTS', POPPED, PAUSED, DELAYED, DEAD, ATTEMPTS, SHORT) == 0
local areResting = false
if not isSimple then
  if redis.call('EXISTS', PAUSED) == 1 then
    gatherPopped()
    return finish('2')
  end
  -- Rehearsal, see script.ts.
  redis.call('HMGET', ATTEMPTS, '')
  ${promotion}
  answer[3] = promote()
  areResting = redis.call('EXISTS', DELAYED, DEAD) > 0
end

${gathering}
local popped, done, ended = 0, 0, false
if not isSimple then
  popped = gather(POPPED)
end
if hasRoom() then
  done, ended = gather(QUEUE)
end

-- New place first, see script.ts: in the note before in flight, in flight before out of the list.
if #uids > 0 then
  redis.call('HSET', CLAIMS, instance, cmsgpack.pack({number, lease, unpack(uids)}))
  ${skipList}
  if beginLeases(uids, lease) < #uids then
    -- One that was queued twice is in flight already, or here twice.
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
