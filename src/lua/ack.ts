import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { forgetting } from "./parts/forget.ts";
import { script } from "./script.ts";
import { readStatuses } from "./statuses.ts";
import { totals } from "./parts/totals.ts";

/**
 * Deletes items that are done, no matter who holds them and where they are. A uid may still wait in the queue: the claim
 * drops it, since it has no payload.
 *
 * ARGV    uids, at most 1,000
 * Returns one character per uid: "1" deleted, "0" no such item
 */
const ackScript = script("items", "ackbuf", "aging")`
${forgetting}
${totals}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
forget(ARGV)
if redis.call('ZREM', AGING, unpack(ARGV)) == #ARGV then
  redis.call('HDEL', ITEMS, unpack(ARGV))
  total('acked', #ARGV)
  return string.rep('1', #ARGV)
end
local status, acked = {}, 0
for i, uid in ipairs(ARGV) do
  local deleted = redis.call('HDEL', ITEMS, uid)
  -- A Python consumer's uid stays in ackbuf until a cleaner runs.
  redis.call('LREM', ACKBUF, 0, uid)
  status[i] = deleted == 1 and '1' or '0'
  acked = acked + deleted
end
total('acked', acked)
return table.concat(status)
`;

/** Deletes items, at most 1,000. Resolves to whether each existed, in order. */
export async function ack(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<boolean[]> {
  const reply = await ackScript.run(connection, keys, {
    args: uids,
    action: actionOn("ack", uids.length),
  });
  return readStatuses(reply, uids.length);
}
