import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { clock } from "./parts/clock.ts";
import { beginningOf, COMMON_LEASE, microsecondsOf } from "./parts/leases.ts";
import { readStrings } from "./message_pack.ts";
import { type ClaimsRead, notes } from "./parts/notes.ts";
import { millisecondsOf, promotion } from "./promote.ts";
import { script } from "./script.ts";
import { totals } from "./parts/totals.ts";

/** One claim, and what its items share. */
export interface ClaimedTogether {
  /** Names the lease of each of its items, see `leases.ts`; a touch gives an item another one. */
  readonly lease: number;
  /** When it was made, in microseconds since the epoch. */
  readonly at: number;
  /** Number of its items. */
  size: number;
}

/** An item that this consumer claimed. */
export interface ClaimedItem {
  uid: string;
  payload: Uint8Array;
  claim: ClaimedTogether;
  /** Which delivery this is, from 1. */
  attempt: number;
}

/** What a claim got. */
export interface Claimed {
  /** Oldest first. */
  items: ClaimedItem[];
  /** Whether the queue had no more; `false` where the claim stopped at its limits. */
  emptied: boolean;
  /** Whether the queue is paused: nothing was taken. */
  paused: boolean;
  /** Milliseconds until a delayed item is due; `undefined` where there is none. */
  nextDueMs: number | undefined;
  /** Whether a part of what was claimed went back, since it did not fit the limits when the call was sent again. */
  shortened: boolean;
  /** The item that was set aside, and its size in bytes. */
  aside?: { uid: string; size: number };
}

/** How many items a claim takes. */
export interface ClaimLimits {
  /** Most items, at most 1,000. */
  max: number;
  /** Bytes of payload after which to stop: one item may be larger. */
  maxBytes: number;
  /** Whether to put off the first item for a minute in place of claiming it, where the call is sent again. */
  setAside?: boolean;
}

/** What a claim asks for. */
export interface Claim extends ClaimLimits, Omit<ClaimsRead, "upTo"> {
  /** The claim's number: one more than that of this instance's claim before. */
  number: number;
  /** Seconds. */
  lease: number;
  /** Deliveries that an item may have; 0 for no limit. */
  maxAttempts: number;
  /** The limits of a call that is sent again, after so many answers were lost. */
  limitsAfter?: (lost: number) => ClaimLimits;
}

/** Most items read at once: those that an answer has no room for are read in vain. */
const CHUNK = 32;

/** Most uids looked at in one call: of many without payload each is dropped. */
const MOST_LOOKS = 2_000;

/**
 * Redis keeps a small sorted set of short members as a list, which it searches from the front for each lease that begins
 * or ends: with a hundred items in flight that takes longer than all else. A member of more than 64 bytes (its setting
 * zset-max-listpack-value) makes it a skip list, which it stays until it is empty. Such a one, no uid since it is no
 * UTF-8, comes first and goes again in the same script, where a claim is for so many items.
 */
const MANY = 10;

/**
 * Moves the next items from waiting to in flight; their leases begin now. A uid without payload (its item was acked after
 * it was requeued) is dropped, and so is one that is in flight, delayed or dead (it was queued twice). An item that was
 * delivered in vain as often as is allowed becomes a dead letter in place of being delivered. Delayed items that are due
 * are queued before.
 *
 * Sent again, the claim gives the same items, as far as they fit the limits, and puts the rest back in front.
 *
 * ARGV    1 most items, 2 bytes of payload after which to stop, 3 allowed attempts or 0, 4 microseconds of a lease,
 *         5 instance, 6 number of this claim, 7 number of the last one that was read, 8 "1" to put off the first item for a
 *         minute where the claim is sent again
 * Returns MessagePack array: "0" the queue may have more, "1" it had no more, "2" it is paused, "4" a claim that was sent
 *         again gave a part back, or "3" an item was put off,
 *         whose uid and size in bytes are all that follows; the lease;
 *         microseconds until a delayed item is due, or ""; failed deliveries of each item, joined with commas, or "" where
 *         no item has any; uid, payload, uid, payload, ...
 */
const claimScript = script(
  ...["queue", "items", "aging", "popped", "claims"] as const,
  ...["paused", "attempts", "delayed", "dead", "short"] as const,
)`
local max, maxBytes, allowed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local length, instance, number, read = tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
${clock}
local lease = text(now + math.max(0, length - ${COMMON_LEASE}))
local answer, uids, scores = {'0', lease, '', ''}, {}, {}
local count, bytes = 0, 0

-- Rehearsal.
redis.call('LTRIM', QUEUE, 0, -1)
if max >= ${MANY} then
  redis.call('ZREM', AGING, '')
end

-- Nothing is popped, paused, delayed, dead, or has failed before, and the last claim was read: as in most queues at most
-- times. All else is looked at only where that is not so: to make the functions for it takes longer than a claim.
local note = redis.call('HGET', CLAIMS, instance)
local isUsual = redis.call('EXISTS', POPPED, PAUSED, DELAYED, DEAD, ATTEMPTS, SHORT) == 0
isUsual = isUsual and length >= ${COMMON_LEASE}
isUsual = isUsual and (not note or string.find(note, read .. ' ', 1, true) == 1)
local lists, isOut, bury, settle = {QUEUE}, nil, {}, nil

if not isUsual then
  ${notes}
  ${promotion}
  ${totals}

  local function withAttempts()
    if count > 0 then
      local attempts = redis.call('HMGET', ATTEMPTS, unpack(uids))
      for i = 1, count do
        attempts[i] = tostring(tonumber(attempts[i] or nil) or 0)
      end
      answer[4] = table.concat(attempts, ',')
    end
  end

  local last, lastLease, lastUids = noteOf(instance)
  if last and last > tonumber(number) then
    -- A later claim overtook this one, whose answer nobody reads.
    return cmsgpack.pack(answer)
  elseif last == tonumber(number) then
    local claimed, back = stillClaimed(lastLease, lastUids), {}
    answer[2] = lastLease
    if ARGV[8] == '1' and #claimed > 0 then
      local first = table.remove(claimed, 1)
      local size = redis.call('HSTRLEN', ITEMS, first)
      redis.call('ZADD', DELAYED, text(now + 60000000), first)
      leave({first})
      giveBack(claimed)
      return cmsgpack.pack({'3', lastLease, '', '', first, tostring(size)})
    end
    for _, uid in ipairs(claimed) do
      local payload = redis.call('HGET', ITEMS, uid)
      if count == max or bytes >= maxBytes then
        back[#back + 1] = uid
      elseif payload then
        count = count + 1
        uids[count] = uid
        answer[#answer + 1] = uid
        answer[#answer + 1] = payload
        bytes = bytes + #payload
      end
    end
    if #back > 0 then
      giveBack(back)
      answer[1] = '4'
    end
    withAttempts()
    return cmsgpack.pack(answer)
  end
  recall(instance, read, number)

  if redis.call('EXISTS', PAUSED) == 1 then
    gatherPopped()
    answer[1] = '2'
    return cmsgpack.pack(answer)
  end
  -- Rehearsal.
  redis.call('HMGET', ATTEMPTS, '')
  redis.call('ZREM', SHORT, '')
  redis.call('LTRIM', POPPED, 0, -1)
  answer[3] = promote()
  lists = {POPPED, QUEUE}

  -- Which of the uids are not to be delivered: delayed or dead, since they were queued twice, or to be buried.
  function isOut(chunk)
    local delayed = redis.call('ZMSCORE', DELAYED, unpack(chunk))
    local dead = redis.call('ZMSCORE', DEAD, unpack(chunk))
    local attempts = redis.call('HMGET', ATTEMPTS, unpack(chunk))
    local out = {}
    for i = 1, #chunk do
      out[i] = delayed[i] or dead[i]
      if not out[i] and allowed > 0 and (tonumber(attempts[i] or nil) or 0) >= allowed then
        out[i] = true
        bury[#bury + 1] = text(now)
        bury[#bury + 1] = chunk[i]
      end
    end
    return out
  end

  function settle()
    if count > 0 then
      noteEnds(uids, length)
    end
    withAttempts()
    if #bury > 0 then
      redis.call('ZADD', DEAD, unpack(bury))
    end
    total('dead', #bury / 2)
  end
end

-- Looks through the lists from the right, their front, and takes what there is room for.
local done, looks = {}, 0
for l, list in ipairs(lists) do
  local passed = 0
  while count < max and bytes < maxBytes and looks < ${MOST_LOOKS} do
    local chunk, fit = {}, 0
    local window = redis.call('LRANGE', list, -passed - math.min(max - count, ${CHUNK}), -passed - 1)
    local size = #window
    if size == 0 then
      answer[1] = l == #lists and '1' or '0'
      break
    end
    local last = 1
    if size > 1 then
      -- As many as fit if all are as large as the larger one at their ends: mostly they are of one size.
      local bytesEach = redis.call('HSTRLEN', ITEMS, window[1])
      bytesEach = math.max(bytesEach, redis.call('HSTRLEN', ITEMS, window[size]))
      last = math.max(1, size + 1 - math.ceil((maxBytes - bytes) / (bytesEach + 1)))
    end
    for i = size, last, -1 do
      fit = fit + 1
      chunk[fit] = window[i]
    end
    local payloads = redis.call('HMGET', ITEMS, unpack(chunk))
    local out = isOut and isOut(chunk)
    local i = 0
    while i < fit and bytes < maxBytes do
      i = i + 1
      local uid, payload = chunk[i], payloads[i]
      if payload and not (out and out[i]) then
        count = count + 1
        uids[count] = uid
        answer[3 + 2 * count] = uid
        answer[4 + 2 * count] = payload
        scores[2 * count - 1] = lease
        scores[2 * count] = uid
        bytes = bytes + #payload
      end
    end
    passed = passed + i
    looks = looks + i
  end
  done[l] = passed
end

-- New place first: in the note before in flight, in flight before out of the list.
if count > 0 then
  redis.call('HSET', CLAIMS, instance, number .. ' ' .. lease .. ' ' .. cmsgpack.pack(uids))
  local long = count >= ${MANY} and string.rep('\255', 65)
  if long then
    redis.call('ZADD', AGING, 0, long)
  end
  local begun = redis.call('ZADD', AGING, 'NX', unpack(scores))
  if long then
    redis.call('ZREM', AGING, long)
  end
  if begun < count then
    -- One that was queued twice is in flight already, and here once at most.
    local all, seen, taken = answer, {}, 0
    answer = {all[1], all[2], all[3], all[4]}
    for i = 5, #all, 2 do
      local score = redis.call('ZSCORE', AGING, all[i])
      if not seen[all[i]] and tonumber(score) == tonumber(lease) then
        seen[all[i]] = true
        taken = taken + 1
        uids[taken] = all[i]
        answer[3 + 2 * taken] = all[i]
        answer[4 + 2 * taken] = all[i + 1]
      end
    end
    for i = taken + 1, count do
      uids[i] = nil
    end
    count = taken
  end
end
if settle then
  settle()
end
for l, passed in ipairs(done) do
  if passed > 0 then
    redis.call('LTRIM', lists[l], 0, -1 - passed)
  end
end
return cmsgpack.pack(answer)
`;

const decoder = new TextDecoder();

/** Strings of the answer before the first uid. */
const HEAD = 4;

/** Claims the next items. */
export async function claim(
  connection: SupervisedConnection,
  keys: QueueKeys,
  claim: Claim,
): Promise<Claimed> {
  const { lease, maxAttempts, instance, number, read, limitsAfter } = claim;
  const argsOf = ({ max, maxBytes, setAside = false }: ClaimLimits) => [
    ...[max, maxBytes, maxAttempts, microsecondsOf(lease)],
    ...[instance, number, read, setAside ? 1 : 0],
  ];
  const reply = await claimScript.run(connection, keys, {
    args: argsOf(claim),
    argsAfter: limitsAfter && ((lost) => argsOf(limitsAfter(lost))),
    action: "get an item",
  });
  return readClaimed(reply, lease);
}

function readClaimed(reply: Uint8Array, length: number): Claimed {
  const strings = readStrings(reply);
  const [status, score, nextDue, failures] = strings.slice(0, HEAD).map((bytes) =>
    decoder.decode(bytes)
  ) as [string, string, string, string];
  const nextDueMs = millisecondsOf(nextDue);
  if (status === "3") {
    const [uid, size] = strings.slice(HEAD).map((bytes) => decoder.decode(bytes)) as [
      string,
      string,
    ];
    const aside = { uid, size: Number(size) };
    return { items: [], emptied: false, paused: false, nextDueMs, shortened: true, aside };
  }
  const lease = Number(score);
  const claim = { lease, at: beginningOf(lease, length), size: 0 };
  const failed = failures === "" ? undefined : failures.split(",");
  const items: ClaimedItem[] = [];
  for (let i = HEAD; i < strings.length; i += 2) {
    items.push({
      uid: decoder.decode(strings[i]!),
      payload: strings[i + 1]!,
      claim,
      attempt: failed === undefined ? 1 : Number(failed[claim.size]) + 1,
    });
    claim.size++;
  }
  return {
    ...{ items, nextDueMs },
    ...{ emptied: status === "1", paused: status === "2", shortened: status === "4" },
  };
}
