import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { COMMON_LEASE, type ItemLease, microsecondsOf } from "./parts/leases.ts";
import { claimNotes } from "./parts/claim_notes.ts";
import { script } from "./script.ts";

/**
 * Extends leases: each begins anew, unless it ends later anyway. An item that is not in flight, or that has another lease by
 * now, stays as it is.
 *
 * A touch gives an item another lease, and its answer may get lost. So the script notes the lease of an instance's last
 * touch, and accepts it in place of the lease that the instance names.
 *
 * ARGV    1 microseconds of a lease, 2 instance; then for each item, at most 1,000: uid; its lease, or "" for any lease
 * Returns the lease of each item, or "-" if it has none, separated by spaces
 */
const touchScript = script("aging", "claims", "short")`
${claimNotes}

local length, instance = tonumber(ARGV[1]), ARGV[2]
local lease = newLease(length)
local lastTouch = tonumber(redis.call('HGET', CLAIMS, touchField(instance)) or nil)
local answer, uids, scores = {}, {}, {}

local function isOurs(score, named)
  return named == '' or tonumber(score) == tonumber(named) or tonumber(score) == lastTouch
end

local function endOf(uid, score)
  return tonumber(redis.call('ZSCORE', SHORT, uid) or score + ${COMMON_LEASE})
end

for i = 3, #ARGV, 2 do
  local uid, named = ARGV[i], ARGV[i + 1]
  local score = redis.call('ZSCORE', AGING, uid)
  if not score or not isOurs(score, named) then
    answer[#answer + 1] = '-'
  elseif endOf(uid, score) >= now + length then
    answer[#answer + 1] = text(tonumber(score))
  else
    answer[#answer + 1] = lease
    uids[#uids + 1] = uid
    scores[#scores + 1] = lease
    scores[#scores + 1] = uid
  end
end
if #uids > 0 then
  -- Rehearsal, see script.ts.
  redis.call('ZREM', AGING, '')
  redis.call('HSET', CLAIMS, touchField(instance), lease)
  redis.call('ZADD', AGING, 'XX', unpack(scores))
  markShort(uids, length)
end
return table.concat(answer, ' ')
`;

const decoder = new TextDecoder();

/**
 * Extends the leases of items, at most 1,000, to `length` seconds from now. Resolves to the lease of each, `undefined` if it
 * has none.
 */
export async function touch(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: ItemLease[],
  { length, instance }: { length: number; instance: string },
): Promise<(number | undefined)[]> {
  const args: RedisArgument[] = [microsecondsOf(length), instance];
  for (const { uid, lease = "" } of items) args.push(uid, lease);
  const reply = await touchScript.run(connection, keys, {
    args,
    action: actionOn("touch", items.length),
  });
  return decoder.decode(reply).split(" ").map((lease) => lease === "-" ? undefined : Number(lease));
}
