import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { beginningOf, COMMON_LEASE, microsecondsOf } from "./parts/leases.ts";
import { readStrings } from "./message_pack.ts";
import { type ClaimsRead, notes } from "./parts/notes.ts";
import { millisecondsOf, promotion } from "./parts/promotion.ts";
import { script } from "./script.ts";
import { MANY, skipList } from "./parts/skip_list.ts";
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
  "queue",
  "items",
  "aging",
  "attempts",
  "delayed",
  "dead",
  "paused",
  "short",
)`
${notes}
${promotion}
${skipList}
${totals}

local max, maxBytes, allowed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local length, instance, number = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local lease = leaseOf(length)
local answer, uids, bytes = {'0', lease, '', ''}, {}, 0

local function hasRoom()
  return #uids < max and bytes < maxBytes
end

local function take(uid, payload)
  uids[#uids + 1] = uid
  answer[#answer + 1] = uid
  answer[#answer + 1] = payload
  bytes = bytes + #payload
end

local function finish()
  if #uids > 0 and redis.call('EXISTS', ATTEMPTS) == 1 then
    local attempts = redis.call('HMGET', ATTEMPTS, unpack(uids))
    for i = 1, #uids do
      attempts[i] = tostring(tonumber(attempts[i] or nil) or 0)
    end
    answer[4] = table.concat(attempts, ',')
  end
  return cmsgpack.pack(answer)
end

-- Rehearsal, see script.ts.
redis.call('LTRIM', QUEUE, 0, -1)
if max >= ${MANY} then
  redis.call('ZREM', AGING, '')
end

local note = noteOf(instance)
if note and note[1] > number then
  -- A later claim overtook this one, whose answer nobody reads.
  return cmsgpack.pack(answer)
elseif note and note[1] == number then
  answer[2] = note[2]
  local claimed = stillClaimed(note)
  if ARGV[8] == '1' and #claimed > 0 then
    local first = table.remove(claimed, 1)
    local size = redis.call('HSTRLEN', ITEMS, first)
    redis.call('ZADD', DELAYED, text(now + 60000000), first)
    leave({first})
    giveBack(claimed)
    return cmsgpack.pack({'3', note[2], '', '', first, tostring(size)})
  end
  local back = {}
  for _, uid in ipairs(claimed) do
    local payload = redis.call('HGET', ITEMS, uid)
    if not hasRoom() then
      back[#back + 1] = uid
    elseif payload then
      take(uid, payload)
    end
  end
  if #back > 0 then
    giveBack(back)
    answer[1] = '4'
  end
  return finish()
elseif note and note[1] ~= tonumber(ARGV[7]) then
  recall(instance, ARGV[7], number)
end

-- None that is popped, paused, delayed, dead, or has failed before, and no short lease: as in most queues at most times.
local isSimple = redis.call('EXISTS', POPPED, PAUSED, DELAYED, DEAD, ATTEMPTS, SHORT) == 0
local areResting, buried = false, {}
if not isSimple then
  if redis.call('EXISTS', PAUSED) == 1 then
    gatherPopped()
    answer[1] = '2'
    return cmsgpack.pack(answer)
  end
  -- Rehearsal, see script.ts.
  redis.call('HMGET', ATTEMPTS, '')
  answer[3] = promote()
  areResting = redis.call('EXISTS', DELAYED, DEAD) > 0
end

-- Which of the uids are delayed or dead: one that was queued twice.
local function resting(chunk)
  local rest = {}
  if areResting then
    local delayed = redis.call('ZMSCORE', DELAYED, unpack(chunk))
    local dead = redis.call('ZMSCORE', DEAD, unpack(chunk))
    for i = 1, #chunk do
      rest[i] = delayed[i] or dead[i]
    end
  end
  return rest
end

-- Looks through a list from the right, its front, and takes what there is room for; returns how many uids it has done
-- with, and whether it came to the end.
local function gather(list)
  local done = 0
  while hasRoom() and done < ${MOST_LOOKS} do
    local chunk = {}
    local window = redis.call('LRANGE', list, -done - math.min(max - #uids, ${CHUNK}), -done - 1)
    if #window == 0 then
      return done, true
    end
    local last = 1
    if #window > 1 then
      -- As many as fit if all are as large as the larger one at their ends: mostly they are of one size.
      local size = redis.call('HSTRLEN', ITEMS, window[1])
      size = math.max(size, redis.call('HSTRLEN', ITEMS, window[#window]))
      last = math.max(1, #window + 1 - math.ceil((maxBytes - bytes) / (size + 1)))
    end
    for i = #window, last, -1 do
      chunk[#chunk + 1] = window[i]
    end
    local payloads = redis.call('HMGET', ITEMS, unpack(chunk))
    local rest = resting(chunk)
    local attempts = {}
    if allowed > 0 and not isSimple then
      attempts = redis.call('HMGET', ATTEMPTS, unpack(chunk))
    end
    for i, uid in ipairs(chunk) do
      if not hasRoom() then
        return done, false
      end
      done = done + 1
      if payloads[i] and not rest[i] then
        if attempts[i] and (tonumber(attempts[i]) or 0) >= allowed then
          buried[#buried + 1] = uid
        else
          take(uid, payloads[i])
        end
      end
    end
  end
  return done, false
end

local popped, done, ended = 0, 0, false
if not isSimple then
  popped = gather(POPPED)
end
if hasRoom() then
  done, ended = gather(QUEUE)
end
answer[1] = ended and '1' or '0'

-- New place first, see script.ts: in the note before in flight, in flight before out of the list.
if #uids > 0 then
  redis.call('HSET', CLAIMS, instance, cmsgpack.pack({number, lease, unpack(uids)}))
  local scores = {}
  for i = 1, #uids do
    scores[2 * i - 1] = lease
    scores[2 * i] = uids[i]
  end
  if beginLeases(scores) < #uids then
    -- One that was queued twice is in flight already, and here once at most.
    local all, seen = answer, {}
    uids, answer = {}, {all[1], all[2], all[3], all[4]}
    for i = 5, #all, 2 do
      if not seen[all[i]] and isHeld(all[i], lease) then
        seen[all[i]] = true
        take(all[i], all[i + 1])
      end
    end
  end
  if #uids > 0 and (length < ${COMMON_LEASE} or not isSimple) then
    noteEnds(uids, length)
  end
end
if #buried > 0 then
  local deaths = {}
  for _, uid in ipairs(buried) do
    deaths[#deaths + 1] = text(now)
    deaths[#deaths + 1] = uid
  end
  redis.call('ZADD', DEAD, unpack(deaths))
end
if popped > 0 then
  redis.call('LTRIM', POPPED, 0, -1 - popped)
end
if done > 0 then
  redis.call('LTRIM', QUEUE, 0, -1 - done)
end
total('dead', #buried)
return finish()
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
