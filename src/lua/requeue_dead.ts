import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { eachStep, selection } from "./parts/selection.ts";
import { script } from "./script.ts";

/**
 * Queues dead letters again, with no attempt counted.
 *
 * ARGV    1 see selection, 2 most, 3... uids
 * Returns "BOUND FOUND REQUEUED": what to give as ARGV 1 in the next step, dead letters found, and those that had a payload
 */
const requeueScript = script("queue", "items", "attempts", "errors")`
${selection}

-- Rehearsal, see script.ts.
redis.call('ZREM', DEAD, '')
local requeued, seen = {}, {}
for _, uid in ipairs(uids) do
  local isDead = not seen[uid] and redis.call('ZSCORE', DEAD, uid)
  if isDead and redis.call('HEXISTS', ITEMS, uid) == 1 then
    requeued[#requeued + 1] = uid
  end
  seen[uid] = true
end
-- New place first, see script.ts.
if #requeued > 0 then
  redis.call('LPUSH', QUEUE, unpack(requeued))
  redis.call('HDEL', ATTEMPTS, unpack(requeued))
  redis.call('HDEL', ERRORS, unpack(requeued))
end
if #uids > 0 then
  redis.call('ZREM', DEAD, unpack(uids))
end
return bound .. ' ' .. #uids .. ' ' .. #requeued
`;

/** Queues dead letters again, those named or all; resolves to how many. */
export function requeueDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[] | "all",
): Promise<number> {
  return eachStep(
    uids,
    (args) => requeueScript.run(connection, keys, { args, action: "requeue dead letters" }),
  );
}
