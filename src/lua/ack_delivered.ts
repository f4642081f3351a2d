import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { forgetting } from "./parts/forget.ts";
import { puttingAgain } from "./parts/put_again.ts";
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
 * ARGV    for each group of deliveries that share a lease: the lease, when they were claimed, how many uids follow (a number
 *         below 0 if the claim gave the lease to other items, too), the uids; at most 1,000 uids in all
 * Returns one character per uid: "1" deleted, "0" no such item, "2" left alone
 */
const ackDeliveredScript = script(
  ...["items", "ackbuf", "aging", "named"] as const,
  ...["attempts", "delayed", "dead", "short", "stats"] as const,
)`
-- A shortcut for the usual call: all items that a claim gave their lease to, and nothing else is known of any item. If as many
-- items have this lease as the claim gave it to, they are these items. To look at each score, and to make the functions below,
-- would take longer than all the rest.
local lease, count = ARGV[1], tonumber(ARGV[3])
local isUsual = count == #ARGV - 3 and redis.call('EXISTS', ATTEMPTS, DELAYED, DEAD, SHORT, NAMED) == 0
if isUsual and redis.call('ZCOUNT', AGING, lease, lease) == count then
  redis.call('HDEL', ITEMS, unpack(ARGV, 4))
  redis.call('ZREM', AGING, unpack(ARGV, 4))
  redis.pcall('HINCRBY', STATS, 'acked', count)
  return string.rep('1', count)
end

${forgetting}
${puttingAgain}
${totals}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
local status, acked = {}, 0

local function delete(uids)
  forget(uids)
  acked = acked + redis.call('HDEL', ITEMS, unpack(uids))
  redis.call('ZREM', AGING, unpack(uids))
end

local first = 1
while first <= #ARGV do
  local lease, claimedAt, given = ARGV[first], ARGV[first + 1], tonumber(ARGV[first + 2])
  local count = math.abs(given)
  local uids = {unpack(ARGV, first + 3, first + 2 + count)}
  first = first + 3 + count
  if given == count and redis.call('ZCOUNT', AGING, lease, lease) == count then
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
    const count = end - start;
    args.push(lease, claimedAt, claimSize === count ? count : -count);
    for (; start < end; start++) args.push(deliveries[start]!.uid);
  }
  const reply = await ackDeliveredScript.run(connection, keys, {
    args,
    action: actionOn("ack", deliveries.length),
  });
  return readOutcomes(reply, deliveries.length, OUTCOMES);
}
