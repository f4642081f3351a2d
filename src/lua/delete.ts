import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { forgetting } from "./parts/forget.ts";
import { eachStep, selection } from "./parts/selection.ts";
import { ITEM_STATES, type ItemState } from "./parts/states.ts";
import { script } from "./script.ts";

/**
 * Deletes items. A uid may still wait in the queue: the claim drops it, since it has no payload. Who has an item in hand finds its
 * lease gone, see `touch.ts`.
 *
 * ARGV    see {@linkcode selection}
 * Returns "BOUND FOUND DELETED": ARGV 1 of the next step, how many uids were selected, how many items were deleted
 */
const deleteScript = script("items", "ackbuf", "aging")`
${selection}
${forgetting}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
redis.call('ZREM', AGING, '')
redis.call('LREM', ACKBUF, 0, '')
local deleted = 0
for _, uid in ipairs(uids) do
  forget({uid})
  deleted = deleted + redis.call('HDEL', ITEMS, uid)
  if redis.call('ZREM', AGING, uid) == 0 then
    redis.call('LREM', ACKBUF, 0, uid)
  end
end
return bound .. ' ' .. #uids .. ' ' .. deleted
`;

/** Deletes these items, if they are in one of these states. Resolves to how many. */
export function deleteItems(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
  states: readonly ItemState[] = ITEM_STATES,
): Promise<number> {
  const action = actionOn("delete", uids.length);
  return eachStep(deleteScript, { connection, keys, uids, action, states });
}

/** Deletes these dead letters; all if none are named. Resolves to how many. */
export function deleteDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids?: string[],
): Promise<number> {
  return eachStep(deleteScript, { connection, keys, uids, action: "delete dead letters" });
}
