import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { front } from "./parts/front.ts";
import { type ItemLease, leases } from "./parts/leases.ts";
import { script } from "./script.ts";
import { readStatuses } from "./statuses.ts";

/**
 * Gives items back to the front of the queue. An item that is not in flight, or that has another lease by now, stays as it
 * is.
 *
 * ARGV    for each item, at most 1,000: uid; its lease, or "" for any lease. The first item will be the next one claimed.
 * Returns one character per item: "1" given back, "0" not in flight
 */
const releaseScript = script("items", "aging")`
${leases}
${front}

-- Rehearsal, see script.ts.
redis.call('ZREM', AGING, '')
local status, released, held, seen = {}, {}, {}, {}

for i = 1, #ARGV, 2 do
  local uid, outcome = ARGV[i], '0'
  if not seen[uid] and isHeld(uid, ARGV[i + 1]) then
    held[#held + 1] = uid
    if redis.call('HEXISTS', ITEMS, uid) == 1 then
      released[#released + 1] = uid
      outcome = '1'
    end
  end
  seen[uid] = true
  status[#status + 1] = outcome
end
-- New place first, see script.ts.
if #released > 0 then
  putInFront(released)
end
endLeases(held)
return table.concat(status)
`;

/**
 * Gives back items that nobody worked on, at most 1,000, oldest first. They will be claimed next, in this order. Resolves to
 * whether each was in flight, in order.
 */
export async function release(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: ItemLease[],
): Promise<boolean[]> {
  const args: RedisArgument[] = [];
  for (const { uid, lease = "" } of items) args.push(uid, lease);
  const reply = await releaseScript.run(connection, keys, {
    args,
    action: actionOn("give back", items.length),
  });
  return readStatuses(reply, items.length);
}
