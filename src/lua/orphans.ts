import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { readStrings } from "./message_pack.ts";
import { script } from "./script.ts";
import { isYes } from "./statuses.ts";

/** How far a search for orphans has come. */
export interface OrphanSearch {
  /** Elements of the queue that were looked through. */
  offset: number;
  /** uids, not in flight, that were not among them. */
  suspects: string[];
}

/** What a step of the search found. */
export interface OrphanStep {
  /** Where to go on; `undefined` at the end of the search. */
  next: OrphanSearch | undefined;
  /** Orphans requeued at its end. */
  requeued: number;
}

/** uids looked for in one search. */
const SAMPLE = 200;
/** Elements of the queue looked through in one step: about two milliseconds of Redis's time. */
const WINDOW = 5_000;

/**
 * Looks for orphans: items with a payload that stand in no list. One search takes a sample of the uids that are neither in
 * flight nor delayed nor dead, strikes off those it meets in the queue, a window a step, and requeues those that are left at the end. (An item
 * that moved while the search went on may be taken for an orphan. It is queued twice then, which does no harm: a claim
 * drops a uid that is in flight, or done.)
 *
 * ARGV    1 elements of the queue looked through so far, 2 how many to look through, 3 how many uids to begin with,
 *         4... uids looked for; none at the beginning
 * Returns MessagePack array: "1" at the end of the search or "0", then the uids requeued at the end, or still looked for
 */
const orphansScript = script("queue", "items", "ackbuf", "aging", "popped", "delayed", "dead")`
-- Rehearsal, see script.ts.
redis.call('ZREM', AGING, '')

local function rests(uid)
  return redis.call('ZSCORE', AGING, uid)
    or redis.call('ZSCORE', DELAYED, uid)
    or redis.call('ZSCORE', DEAD, uid)
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

/** One bounded step of a search for orphans. */
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
  // With no suspect left the search has ended; asked again, the script would begin another.
  const next = left.length === 0 ? undefined : { offset: offset + WINDOW, suspects: left };
  return { next, requeued: 0 };
}
