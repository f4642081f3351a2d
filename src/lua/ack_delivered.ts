import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { forgetting } from "./parts/forget.ts";
import { script } from "./script.ts";
import { readOutcomes } from "./statuses.ts";
import { totals } from "./parts/totals.ts";

/** A delivery whose item is done. */
export interface DoneDelivery {
  uid: string;
  /** The item's current lease. */
  lease: number;
  /** When the item was claimed, in microseconds since the epoch. */
  claimedAt: number;
  /** How many items the claim gave this lease; 0 if the item has another lease since. */
  claimSize: number;
}

/** What became of the item: deleted, gone before, or left alone because it no longer belongs to this delivery. */
export type AckOutcome = "acked" | "gone" | "refused";

/**
 * Deletes items whose deliveries are done. An ack belongs to its delivery. The script deletes an item
 *
 * - that is in flight with the delivery's lease, or
 * - that waits, is delayed or is dead, because that lease has ended.
 *
 * It leaves an item alone that somebody else holds, and one that was put again under its uid after the claim (only a uid that
 * a producer chose can be put again).
 *
 * ARGV    for each group of deliveries that share a lease: the lease, when they were claimed, how many items the claim gave
 *         this lease, how many uids follow, the uids; at most 1,000 uids in all
 * Returns one character per uid: "1" deleted, "0" no such item, "2" left alone
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
  -- A shortcut: if as many items have this lease as the claim gave it to, they are these items. To look at each score
  -- would take longer than all the rest.
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

/** Deletes the items of deliveries, at most 1,000. Resolves to what became of each, in order. */
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
