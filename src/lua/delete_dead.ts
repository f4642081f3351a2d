import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { forgetting } from "./parts/forget.ts";
import { eachStep, selection } from "./parts/selection.ts";
import { script } from "./script.ts";

/**
 * Deletes dead letters.
 *
 * ARGV    1 see selection, 2 most, 3... uids
 * Returns "BOUND FOUND DELETED": what to give as ARGV 1 in the next step, dead letters found, and those deleted
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

/** Deletes dead letters, those named or all; resolves to how many. */
export function deleteDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[] | "all",
): Promise<number> {
  return eachStep(
    uids,
    (args) => deleteScript.run(connection, keys, { args, action: "delete dead letters" }),
  );
}
