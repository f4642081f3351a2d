import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { forgetting } from "./parts/forget.ts";
import { script } from "./script.ts";
import { readOutcomes } from "./statuses.ts";
import { totals } from "./parts/totals.ts";

/** A delivery that is done. */
export interface DoneDelivery {
  uid: string;
  /** Its lease by now. */
  lease: number;
  /** When it was claimed, in microseconds since the epoch. */
  claimedAt: number;
  /** Number of the items that its lease was given to, and which it still may have; 0 where that is not known. */
  claimSize: number;
}

/** What became of a delivery's item: deleted; gone before; or left alone, since it is not this delivery's any more. */
export type AckOutcome = "acked" | "gone" | "refused";

/**
 * Deletes items whose deliveries are done. An ack belongs to its delivery: an item is deleted if it is in flight by the
 * delivery's lease, or rests in the queue, delayed or dead, since that lease has ended; not if somebody else has it in hand,
 * nor if it was put again, under a name that its producer chose, since it was claimed.
 *
 * ARGV    of each group of deliveries that share a lease: the lease, when they were claimed, to how many items the lease was
 *         given, how many follow, their uids; at most 1,000 uids
 * Returns one character per uid: "1" deleted, "0" there was no such item, "2" left alone
 */
const ackDeliveredScript = script("items", "ackbuf", "aging", "named")`
${forgetting}
${totals}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
local status, acked = {}, 0

local function delete(uids)
  forget(uids)
  redis.call('ZREM', AGING, unpack(uids))
  acked = acked + redis.call('HDEL', ITEMS, unpack(uids))
end

local function wasPutAgain(uid, claimedAt)
  local putAt = redis.call('HGET', NAMED, uid)
  return putAt and tonumber(putAt) > claimedAt
end

local first = 1
while first <= #ARGV do
  local lease, claimedAt = ARGV[first], tonumber(ARGV[first + 1])
  local size, count = tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3])
  local uids = {unpack(ARGV, first + 4, first + 3 + count)}
  first = first + 4 + count
  -- As many as the lease was given to have it still: it is those. To look at each would take longer than all else.
  if size == count and redis.call('ZCOUNT', AGING, lease, lease) == count then
    delete(uids)
    status[#status + 1] = string.rep('1', count)
  else
    local scores = redis.call('ZMSCORE', AGING, unpack(uids))
    for i, uid in ipairs(uids) do
      local isHeld = scores[i] and tonumber(scores[i]) == tonumber(lease)
      local isInOtherHands = scores[i] or redis.call('LPOS', ACKBUF, uid)
      if isHeld or not (isInOtherHands or wasPutAgain(uid, claimedAt)) then
        local before = acked
        delete({uid})
        status[#status + 1] = tostring(acked - before)
      else
        status[#status + 1] = '2'
      end
    end
  end
end
total('acked', acked)
return table.concat(status)
`;

const OUTCOMES: AckOutcome[] = ["gone", "acked", "refused"];

/** Deletes the items of deliveries, at most 1,000; resolves to what became of each, in order. */
export async function ackDelivered(
  connection: SupervisedConnection,
  keys: QueueKeys,
  deliveries: DoneDelivery[],
): Promise<AckOutcome[]> {
  const args: RedisArgument[] = [];
  for (let start = 0; start < deliveries.length;) {
    const { lease, claimedAt, claimSize } = deliveries[start]!;
    let end = start + 1;
    while (deliveries[end]?.lease === lease && deliveries[end]!.claimedAt === claimedAt) end++;
    args.push(lease, claimedAt, claimSize, end - start);
    for (; start < end; start++) args.push(deliveries[start]!.uid);
  }
  const reply = await ackDeliveredScript.run(connection, keys, {
    args,
    action: deliveries.length === 1 ? "ack an item" : `ack ${deliveries.length} items`,
  });
  return readOutcomes(reply, deliveries.length, OUTCOMES);
}
