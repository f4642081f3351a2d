import type { RedisArgument } from "../../connection/redis_connection.ts";
import { functionPart } from "../script.ts";
import { forgetting } from "./forget.ts";
import { puttingAgain } from "./put_again.ts";
import { totals } from "./totals.ts";
import { overtaking } from "./turns.ts";

/** An item that is done. Without a lease it is deleted no matter who holds it and where it is. */
export interface DoneItem {
  uid: string;
  /** Its lease. */
  lease?: number;
  /** When it was claimed, in microseconds since the epoch. */
  claimedAt?: number;
  /** How many items the claim gave this lease; 0 if the item has another lease since. */
  claimSize?: number;
}

/** What became of the item: deleted, gone before, or left alone because it no longer belongs to this delivery. */
export type AckOutcome = "acked" | "gone" | "refused";

/** What the digits of an answer stand for. */
export const ACK_OUTCOMES: readonly AckOutcome[] = ["gone", "acked", "refused"];

/**
 * `ackAll(first)` deletes the items that ARGV names from `first` on. An ack with a lease belongs to its delivery. It deletes an
 * item
 *
 * - that is in flight with this lease, or
 * - that waits, is delayed or is dead, because that lease has ended.
 *
 * It leaves an item alone that somebody else holds, one that was put again under its uid after the claim (only a uid that
 * a producer chose can be put again), and one whose turn has ended because it died: the next item of its order key has begun
 * since. A uid may still wait in the queue: the claim drops it, since it has no payload.
 *
 * ARGV    for each group of items that share a lease: the lease, or "" for any; when they were claimed; how many uids follow
 *         (a number below 0 if the claim gave the lease to other items, too); the uids
 * Returns one character per uid: "1" deleted, "0" no such item, "2" left alone
 */
export const acks = functionPart(
  ...[
    "items",
    "ackbuf",
    "aging",
    "named",
    "attempts",
    "delayed",
    "dead",
    "short",
    "orderkeys",
    "headers",
    "stats",
  ] as const,
)`
local function ackAll(first)
  -- A shortcut for the usual call: all items that a claim gave their lease to, and nothing else is known of any item but
  -- headers. If as many items have this lease as the claim gave it to, they are these items. To look at each score, and to
  -- make the functions below, would take longer than all the rest.
  local lease, count = ARGV[first], tonumber(ARGV[first + 2])
  local isUsual = lease ~= '' and count == #ARGV - first - 2
  local marks = isUsual and redis.call('EXISTS', ATTEMPTS, DELAYED, DEAD, SHORT, NAMED, ORDERKEYS, HEADERS) or nil
  local hasHeaders = marks == 1 and redis.call('EXISTS', HEADERS) == 1
  isUsual = marks == 0 or hasHeaders
  if isUsual and redis.call('ZCOUNT', AGING, lease, lease) == count then
    if hasHeaders then
      -- Rehearsal, see script.ts.
      redis.call('HDEL', ITEMS, '')
      redis.call('HDEL', HEADERS, unpack(ARGV, first + 3))
    end
    redis.call('HDEL', ITEMS, unpack(ARGV, first + 3))
    redis.call('ZREM', AGING, unpack(ARGV, first + 3))
    redis.pcall('HINCRBY', STATS, 'acked', count)
    return string.rep('1', count)
  end

  ${forgetting}
  ${puttingAgain}
  ${overtaking}
  ${totals}

  -- Rehearsal, see script.ts.
  redis.call('HDEL', ITEMS, '')
  local status, acked = {}, 0

  local function delete(uids)
    forget(uids, marks)
    acked = acked + redis.call('HDEL', ITEMS, unpack(uids))
    redis.call('ZREM', AGING, unpack(uids))
  end

  local function ackDelivered(uid, lease, claimedAt)
    local score = redis.call('ZSCORE', AGING, uid)
    local isHeld = score and tonumber(score) == tonumber(lease)
    local isInOtherHands = score or redis.call('LPOS', ACKBUF, uid)
    if not isHeld and (isInOtherHands or wasPutAgain(uid, claimedAt) or isOvertaken(uid)) then
      return '2'
    end
    local before = acked
    delete({uid})
    return tostring(acked - before)
  end

  local function ackAny(uid)
    local deleted = redis.call('HDEL', ITEMS, uid)
    -- A Python consumer's uid stays in ackbuf until a cleaner runs.
    redis.call('LREM', ACKBUF, 0, uid)
    acked = acked + deleted
    return tostring(deleted)
  end

  while first <= #ARGV do
    local lease, claimedAt, given = ARGV[first], ARGV[first + 1], tonumber(ARGV[first + 2])
    local count = math.abs(given)
    local uids = {unpack(ARGV, first + 3, first + 2 + count)}
    first = first + 3 + count
    if lease == '' then
      forget(uids)
      if redis.call('ZREM', AGING, unpack(uids)) == count then
        acked = acked + redis.call('HDEL', ITEMS, unpack(uids))
        status[#status + 1] = string.rep('1', count)
      else
        for _, uid in ipairs(uids) do
          status[#status + 1] = ackAny(uid)
        end
      end
    elseif given == count and redis.call('ZCOUNT', AGING, lease, lease) == count then
      delete(uids)
      status[#status + 1] = string.rep('1', count)
    else
      for _, uid in ipairs(uids) do
        status[#status + 1] = ackDelivered(uid, lease, claimedAt)
      end
    end
  end
  total('acked', acked)
  return table.concat(status)
end`;

/** The arguments of `ackAll`. */
export function ackArguments(items: readonly DoneItem[]): RedisArgument[] {
  const args: RedisArgument[] = [];
  for (let start = 0; start < items.length;) {
    const { lease = "", claimedAt = 0, claimSize = 0 } = items[start]!;
    let end = start + 1;
    while (end < items.length && belongTogether(items[start]!, items[end]!)) end++;
    const count = end - start;
    args.push(lease, claimedAt, claimSize === count ? count : -count);
    for (; start < end; start++) args.push(items[start]!.uid);
  }
  return args;
}

function belongTogether(a: DoneItem, b: DoneItem): boolean {
  return a.lease === b.lease && a.claimedAt === b.claimedAt;
}
