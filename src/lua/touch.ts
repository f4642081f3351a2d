import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { COMMON_LEASE, type ItemLease, microsecondsOf } from "./parts/leases.ts";
import { claimNotes } from "./parts/claim_notes.ts";
import { script } from "./script.ts";

/** An item whose lease is to be extended. */
export interface Touch extends ItemLease {
  /** A lease that began less than this many seconds ago is only looked at. Default: 0. */
  slack?: number;
}

/** The lease of an item; or it is in other hands, or waits: "lost"; or there is no such item any more: "gone". */
export type Touched = number | "lost" | "gone";

/**
 * Extends leases: each begins anew, unless it ends later anyway. An item that is not in flight, or that has another lease by
 * now, stays as it is.
 *
 * A touch gives an item another lease, and its answer may get lost. So the script notes the lease of an instance's last
 * touch, and accepts it in place of the lease that the instance names.
 *
 * ARGV    1 microseconds of a lease, 2 instance; then for each item, at most 1,000: uid; its lease, or "" for any lease;
 *         microseconds since the beginning of a lease within which it is not extended
 * Returns the lease of each item, "-" if it has none, or "x" if there is no such item, separated by spaces
 */
const touchScript = script("items", "aging", "claims", "short")`
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

for i = 3, #ARGV, 3 do
  local uid, named, slack = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local score = redis.call('ZSCORE', AGING, uid)
  if not score or not isOurs(score, named) then
    answer[#answer + 1] = redis.call('HEXISTS', ITEMS, uid) == 1 and '-' or 'x'
  elseif endOf(uid, score) >= now + length - slack then
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
 * Extends the leases of items, at most 1,000, to `length` seconds from now. Resolves to the lease of each.
 */
export async function touch(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: Touch[],
  { length, instance }: { length: number; instance: string },
): Promise<Touched[]> {
  const args: RedisArgument[] = [microsecondsOf(length), instance];
  for (const { uid, lease = "", slack = 0 } of items) args.push(uid, lease, microsecondsOf(slack));
  const reply = await touchScript.run(connection, keys, {
    args,
    action: actionOn("touch", items.length),
  });
  return decoder.decode(reply).split(" ").map((lease) =>
    lease === "-" ? "lost" : lease === "x" ? "gone" : Number(lease)
  );
}
