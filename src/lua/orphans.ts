import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { orderKeys } from "./parts/order_keys.ts";
import { readStrings } from "./message_pack.ts";
import { script } from "./script.ts";
import { isYes } from "./statuses.ts";

/** State of a search for orphans. */
export interface OrphanSearch {
  /** How many elements of the queue were searched. */
  offset: number;
  /** uids that were not found yet. */
  suspects: string[];
}

/** Result of one step of the search. */
export interface OrphanStep {
  /** What to pass to the next step; `undefined` at the end of the search. */
  next: OrphanSearch | undefined;
  /** How many orphans were requeued at the end of the search. */
  requeued: number;
}

/** How many uids one search looks for. */
const SAMPLE = 200;
/** How many elements of the queue one step searches: about two milliseconds of Redis's time. */
const WINDOW = 5_000;

/**
 * Looks for orphans: items with a payload that are in no place. A search takes a sample of the uids that are neither in
 * flight nor delayed nor dead nor parked. Each step searches a window of the queue and strikes off the uids that it finds. The last step
 * requeues the rest.
 *
 * An item that moves during the search may look like an orphan and be queued twice. That does no harm: the claim drops a uid
 * that is in flight, or done.
 *
 * ARGV    1 how many elements of the queue were searched, 2 how many to search now, 3 size of the sample, 4... uids to look
 *         for; none in the first step
 * Returns MessagePack array: "1" at the end of the search, or "0"; then the uids that were requeued at the end, or that are
 *         still to be found
 */
const orphansScript = script("queue", "items", "ackbuf", "aging", "popped", "delayed", "dead")`
${orderKeys}

-- Rehearsal, see script.ts.
redis.call('ZREM', AGING, '')

local isAnyParked = redis.call('EXISTS', PARKED) == 1

local function waitsForItsTurn(uid)
  local value = redis.call('HGET', ORDERKEYS, uid)
  return value and isParked(uid, value)
end

local function rests(uid)
  return redis.call('ZSCORE', AGING, uid)
    or redis.call('ZSCORE', DELAYED, uid)
    or redis.call('ZSCORE', DEAD, uid)
    or (isAnyParked and waitsForItsTurn(uid))
end

local suspects = {}
for i = 4, #ARGV do
  suspects[ARGV[i]] = true
end
if #ARGV == 3 then
  for _, uid in ipairs(redis.call('HRANDFIELD', ITEMS, ARGV[3])) do
    if not rests(uid) then
      suspects[uid] = true
    end
  end
end
for _, uid in ipairs(redis.call('LRANGE', ACKBUF, 0, -1)) do
  suspects[uid] = nil
end
for _, uid in ipairs(redis.call('LRANGE', POPPED, 0, -1)) do
  suspects[uid] = nil
end

local first = tonumber(ARGV[1])
local window = redis.call('LRANGE', QUEUE, first, first + ARGV[2] - 1)
for _, uid in ipairs(window) do
  suspects[uid] = nil
end

local ended = #window < tonumber(ARGV[2])
local answer, requeued = {ended and '1' or '0'}, {}
for uid in pairs(suspects) do
  if not ended then
    answer[#answer + 1] = uid
  elseif redis.call('HEXISTS', ITEMS, uid) == 1 then
    if not rests(uid) then
      answer[#answer + 1] = uid
      requeued[#requeued + 1] = uid
    end
  end
end
if #requeued > 0 then
  redis.call('LPUSH', QUEUE, unpack(requeued))
end
return cmsgpack.pack(answer)
`;

const decoder = new TextDecoder();

/** Does one step of a search for orphans. */
export async function findOrphans(
  connection: SupervisedConnection,
  keys: QueueKeys,
  { offset, suspects }: OrphanSearch = { offset: 0, suspects: [] },
): Promise<OrphanStep> {
  const reply = await orphansScript.run(connection, keys, {
    args: [offset, WINDOW, SAMPLE, ...suspects],
    action: "look for lost items",
  });
  const [status, ...rest] = readStrings(reply);
  if (isYes(status!)) return { next: undefined, requeued: rest.length };
  const left = rest.map((uid) => decoder.decode(uid));
  // With no uid left the search has ended. The script would take a call without uids for a new search.
  const next = left.length === 0 ? undefined : { offset: offset + WINDOW, suspects: left };
  return { next, requeued: 0 };
}
