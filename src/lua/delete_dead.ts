import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { forgetting } from "./parts/forget.ts";
import { eachStep, selection } from "./parts/selection.ts";
import { script } from "./script.ts";

/**
 * Deletes dead letters.
 *
 * ARGV    see {@linkcode selection}
 * Returns "BOUND FOUND DELETED": ARGV 1 of the next step, how many uids were selected, how many dead letters were deleted
 */
const deleteScript = script("items")`
${selection}
${forgetting}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
local deleted = 0
for _, uid in ipairs(uids) do
  if redis.call('ZSCORE', DEAD, uid) then
    forget({uid})
    redis.call('HDEL', ITEMS, uid)
    deleted = deleted + 1
  end
end
return bound .. ' ' .. #uids .. ' ' .. deleted
`;

/** Deletes these dead letters; all if none are named. Resolves to how many. */
export function deleteDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids?: string[],
): Promise<number> {
  return eachStep(deleteScript, { connection, keys, uids, action: "delete dead letters" });
}
