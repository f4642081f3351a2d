import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { eachStep, selection } from "./parts/selection.ts";
import { script } from "./script.ts";

/**
 * Requeues dead letters. Their attempts count from 0 again.
 *
 * ARGV    see {@linkcode selection}
 * Returns "BOUND FOUND REQUEUED": ARGV 1 of the next step, how many uids were selected, how many dead letters were requeued
 */
const requeueScript = script("queue", "items", "attempts", "errors", "held")`
${selection}

-- Rehearsal, see script.ts.
redis.call('ZREM', DEAD, '')
local requeued, seen = {}, {}
for _, uid in ipairs(uids) do
  if not seen[uid] and redis.call('HEXISTS', ITEMS, uid) == 1 then
    requeued[#requeued + 1] = uid
  end
  seen[uid] = true
end
-- New place first, see script.ts.
if #requeued > 0 then
  redis.call('LPUSH', QUEUE, unpack(requeued))
  redis.call('HDEL', ATTEMPTS, unpack(requeued))
  redis.call('HDEL', ERRORS, unpack(requeued))
  redis.call('HDEL', HELD, unpack(requeued))
end
if #uids > 0 then
  redis.call('ZREM', DEAD, unpack(uids))
end
return bound .. ' ' .. #uids .. ' ' .. #requeued
`;

/** Requeues these dead letters; all if none are named. Resolves to how many. */
export function requeueDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids?: string[],
): Promise<number> {
  return eachStep(requeueScript, { connection, keys, uids, action: "requeue dead letters" });
}
