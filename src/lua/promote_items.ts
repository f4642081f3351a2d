import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { MAX_ITEMS } from "./limits.ts";
import { script } from "./script.ts";
import { readStatuses } from "./statuses.ts";

/**
 * Queues delayed items now, in the order in which they are named, as if they were due.
 *
 * ARGV    uids, at most 1,000
 * Returns one character per uid: "1" queued, "0" not delayed
 */
const promoteItemsScript = script("queue", "items", "delayed")`
-- Rehearsal, see script.ts.
redis.call('ZREM', DELAYED, '')
local status, promoted, gone, seen = {}, {}, {}, {}
for i, uid in ipairs(ARGV) do
  status[i] = '0'
  if not seen[uid] and redis.call('ZSCORE', DELAYED, uid) then
    gone[#gone + 1] = uid
    if redis.call('HEXISTS', ITEMS, uid) == 1 then
      promoted[#promoted + 1] = uid
      status[i] = '1'
    end
  end
  seen[uid] = true
end
-- New place first, see script.ts.
if #promoted > 0 then
  redis.call('LPUSH', QUEUE, unpack(promoted))
end
if #gone > 0 then
  redis.call('ZREM', DELAYED, unpack(gone))
end
return table.concat(status)
`;

/** Queues delayed items now. Resolves to how many. */
export async function promoteItems(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<number> {
  let promoted = 0;
  for (let start = 0; start < uids.length; start += MAX_ITEMS) {
    const args = uids.slice(start, start + MAX_ITEMS);
    const action = actionOn("promote", uids.length);
    const reply = await promoteItemsScript.run(connection, keys, { args, action });
    promoted += readStatuses(reply, args.length).filter((isPromoted) => isPromoted).length;
  }
  return promoted;
}
