import type { BlockingCall, BlockingConnection } from "../connection/blocking_connection.ts";
import {
  AnswersLostError,
  type SupervisedConnection,
} from "../connection/supervised_connection.ts";
import { RedisReplyError } from "../errors.ts";
import { actionOn } from "./action_text.ts";
import { type Claimed, type ClaimedItem, readClaimed } from "./claimed.ts";
import type { DeathTerms } from "./fail.ts";
import type { QueueKeys } from "./keys.ts";
import { LARGE } from "./limits.ts";
import { ackArguments, acks, type DoneItem } from "./parts/acks.ts";
import type { ClaimsRead } from "./parts/claim_notes.ts";
import { clock } from "./parts/clock.ts";
import { COMMON_LEASE, microsecondsOf } from "./parts/leases.ts";
import { parking } from "./parts/parking.ts";
import { promotion } from "./parts/promotion.ts";
import { repetition } from "./parts/repetition.ts";
import { MANY, skipList } from "./parts/skip_list.ts";
import { totals } from "./parts/totals.ts";
import { dyingInOrder } from "./parts/turns.ts";
import { script, type ScriptCall } from "./script.ts";

/** How many uids are read at once. Those that an answer has no room for are read for nothing. */
const CHUNK = 32;

/** How many uids one call looks at, at most: it drops each without payload, and parks each whose turn has not come. */
const MAX_LOOKS = 2_000;

/** How much a claim takes. */
export interface ClaimLimits {
  /** Limit of items, 1,000 or less. */
  max: number;
  /** The claim ends after this many bytes of payloads and headers. A single item may be larger. */
  maxBytes: number;
  /** If the call is sent again: delays the first item by a minute and claims nothing. */
  postpone?: boolean;
}

/** Where a claim waits for an item. */
export interface ClaimAfterPop {
  blocking: BlockingConnection;
  /** The blocking pop, which moves a uid to `popped`. */
  pop: BlockingCall;
}

/** What a claim asks for. */
export interface ClaimRequest extends ClaimLimits, DeathTerms, Omit<ClaimsRead, "upTo"> {
  /** The claim's number: each claim of an instance has a higher one than the claim before. */
  number: number;
  /** Length of the leases in seconds. */
  lease: number;
  /** How many items have a handler that is free. Of those after them none has failed before or has an order key. Default: `max`. */
  free?: number;
  /** Whether payloads may be large. Those are fetched by themselves then. */
  mayBeLarge?: boolean;
  /** Items to ack before it; at most 1,000. */
  done?: readonly DoneItem[];
  /** The limits of the call when it is sent again, after `lost` answers were lost. */
  limitsAfter?: (lost: number) => ClaimLimits;
}

/**
 * Acks items that are done, and moves the next items from waiting to in flight. Their leases begin now.
 *
 * - First it queues the delayed items that are due.
 * - It drops a uid without payload (its item was requeued and then acked), and a uid that is in flight, delayed or dead (it
 *   was queued twice).
 * - An item that has had all its allowed attempts becomes a dead letter.
 * - An item with an order key whose turn has not come is parked, see {@linkcode parking}.
 * - If the call is sent again, it gives the same items as before, see {@linkcode repetition}.
 *
 * ARGV    1 limit of items, 2 bytes of payloads and headers after which to end, 3 allowed attempts or 0, 4 microseconds of a lease,
 *         5 instance, 6 number of this claim, 7 number of the last claim that was read, 8 "postpone" to delay the first
 *         item if the claim is sent again, "popped" to take nothing unless a uid is in 'popped', or ""; 9 number
 *         of items after which none is taken that has failed before or has an order key; 10 "1" if the payloads may be large;
 *         11 "hold" if dead letters keep their turns, or "continue"; from 12 on the items to ack, see {@linkcode acks}
 * Returns see claimed.ts
 */
const claimScript = script(
  ...["queue", "items", "aging", "popped", "claims"] as const,
  ...["paused", "attempts", "delayed", "dead", "short", "orderkeys", "headers"] as const,
)`
local max, maxBytes, allowed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local length, instance, number, read = tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
${acks}
${clock}
local lease = text(now + math.max(0, length - ${COMMON_LEASE}))
local uids, payloads, scores = {}, {}, {}
local count, bytes = 0, 0

-- Rehearsal, see script.ts.
redis.call('LTRIM', QUEUE, 0, -1)
if max >= ${MANY} then
  redis.call('ZREM', AGING, '')
end

local special = redis.call('EXISTS', POPPED, PAUSED, DELAYED, DEAD, ATTEMPTS, SHORT, ORDERKEYS, HEADERS)
-- A key counts as often as it is named: so one number tells which of these exist.
local which = special > 0 and redis.call('EXISTS', ORDERKEYS, POPPED, POPPED, HEADERS, HEADERS, HEADERS, HEADERS) or 0
local isOrdered, isPopped, hasHeaders = which % 2 == 1, which % 4 > 1, which > 3
local lists, passedOver, bury, settle = {QUEUE}, nil, {}, nil
local free, needsHandler, isBarred = tonumber(ARGV[9]), nil, false
local orderKeys, giveTurns, buried, headers = nil, nil, {}, nil
if isOrdered then
  ${parking}
  orderKeys, giveTurns = {}, takeTurns
  special = special - 1
end
if hasHeaders then
  special = special - 1
end
if isPopped then
  -- Rehearsal, see script.ts.
  redis.call('LTRIM', POPPED, 0, -1)
  lists = {POPPED, QUEUE}
  special = special - 1
elseif ARGV[8] == 'popped' then
  max = 0
end

-- Nothing is paused, delayed, dead, or has failed before, and the last claim was read: as in most queues at most times. All
-- else is looked at only where that is not so: to make the functions for it takes longer than a claim.
local note = redis.call('HGET', CLAIMS, instance)
-- Only now: an ack whose claim is refused at one of the keys above is as if it had gone alone.
local acked = ARGV[12] and ackAll(12) or ''
local head = {'0', lease, '', '', acked, ''}
local isUsual = special == 0 and length >= ${COMMON_LEASE}
isUsual = isUsual and (not note or string.find(note, read .. ' ', 1, true) == 1)

if not isUsual then
  ${repetition}
  ${promotion}
  ${totals}

  local last, lastLease, lastUids = claimNote(instance)
  if last and last > tonumber(number) then
    -- A later claim overtook this one, whose answer nobody reads.
    return cmsgpack.pack(head, uids, payloads)
  elseif last == tonumber(number) then
    local limits = {max = max, maxBytes = maxBytes, postpone = ARGV[8] == 'postpone', hasHeaders = hasHeaders}
    return repeatClaim(limits, lastLease, lastUids, acked)
  end
  recall(instance, read, number)

  if redis.call('EXISTS', PAUSED) == 1 then
    gatherPopped()
    head[1] = '2'
    return cmsgpack.pack(head, uids, payloads)
  end
  -- Rehearsal, see script.ts.
  redis.call('HMGET', ATTEMPTS, '')
  redis.call('ZREM', SHORT, '')
  head[3] = promote()

  -- Which of the uids are not to be delivered: delayed, dead or in flight, since they were queued twice, parked, or to be buried.
  function passedOver(chunk, found)
    local delayed = redis.call('ZMSCORE', DELAYED, unpack(chunk))
    local dead = redis.call('ZMSCORE', DEAD, unpack(chunk))
    local attempts = redis.call('HMGET', ATTEMPTS, unpack(chunk))
    needsHandler = attempts
    local out = {}
    for i = 1, #chunk do
      out[i] = delayed[i] or dead[i]
    end
    if giveTurns then
      needsHandler = giveTurns(chunk, found, out, orderKeys)
    end
    for i = 1, #chunk do
      if not out[i] and allowed > 0 and countOf(attempts[i]) >= allowed then
        out[i] = true
        if not redis.call('ZSCORE', AGING, chunk[i]) then
          buried[#buried + 1] = chunk[i]
          bury[#bury + 1] = text(now)
          bury[#bury + 1] = chunk[i]
        end
      end
      needsHandler[i] = needsHandler[i] or attempts[i]
    end
    return out
  end

  function settle()
    if count > 0 then
      markShort(uids, length)
      head[4] = attemptsOf(uids)
    end
    if #bury > 0 then
      redis.call('ZADD', DEAD, unpack(bury))
    end
    total('dead', #bury / 2)
  end
end

-- Looks through the lists from the right, their front, and takes what there is room for.
local done, looks, sizesOnly, wide = {}, 0, false, false
for l, list in ipairs(lists) do
  local passed = 0
  while count < max and bytes < maxBytes and looks < ${MAX_LOOKS} and not isBarred do
    local chunk, fit = {}, 0
    local chunkSize = wide and ${CHUNK} or math.min(max - count, ${CHUNK})
    local window = redis.call('LRANGE', list, -passed - chunkSize, -passed - 1)
    local size = #window
    if size == 0 then
      head[1] = l == #lists and '1' or '0'
      break
    end
    local last = 1
    if size > 1 or ARGV[10] == '1' then
      -- As many as fit if all are as large as the larger one at their ends: mostly they are of one size.
      local bytesEach = redis.call('HSTRLEN', ITEMS, window[1])
      bytesEach = math.max(bytesEach, redis.call('HSTRLEN', ITEMS, window[size]))
      last = math.max(1, size + 1 - math.ceil((maxBytes - bytes) / (bytesEach + 1)))
      sizesOnly = sizesOnly or (count == 0 and bytesEach > ${LARGE})
    end
    for i = size, last, -1 do
      fit = fit + 1
      chunk[fit] = window[i]
    end
    local found
    if sizesOnly then
      found = {}
      for i, uid in ipairs(chunk) do
        local size = redis.call('HSTRLEN', ITEMS, uid)
        found[i] = (size > 0 or redis.call('HEXISTS', ITEMS, uid) == 1) and size
      end
      head[6] = '1'
    else
      found = redis.call('HMGET', ITEMS, unpack(chunk))
    end
    local out
    if passedOver then
      out = passedOver(chunk, found)
    elseif giveTurns then
      out = {}
      needsHandler = giveTurns(chunk, found, out, orderKeys)
    end
    local texts = hasHeaders and redis.call('HMGET', HEADERS, unpack(chunk))
    local i, before = 0, count
    while i < fit and bytes < maxBytes and count < max do
      i = i + 1
      local uid, payload = chunk[i], found[i]
      if payload and not (out and out[i]) then
        if count >= free and needsHandler and needsHandler[i] then
          -- No handler is free for it, and what is behind it keeps its place.
          isBarred = true
          head[1] = '1'
          i = i - 1
          break
        end
        count = count + 1
        uids[count] = uid
        payloads[count] = sizesOnly and tostring(payload) or payload
        scores[2 * count - 1] = lease
        scores[2 * count] = uid
        bytes = bytes + (sizesOnly and payload or #payload)
        if texts and texts[i] then
          headers = headers or {}
          headers[uid] = texts[i]
          bytes = bytes + #texts[i]
        end
      end
    end
    -- Where it is the turn of none, the next are likely to be of that kind.
    wide = giveTurns and count == before
    passed = passed + i
    -- To park an item takes longer than to drop a uid.
    looks = looks + (giveTurns and 2 * i or i)
  end
  done[l] = passed
end

-- New place first, see script.ts: in the note before in flight, in flight before out of the list.
if count > 0 then
  redis.call('HSET', CLAIMS, instance, number .. ' ' .. lease .. ' ' .. cmsgpack.pack(uids))
  ${skipList}
  if beginLeases(scores, count) < count then
    -- One that was queued twice is in flight already, and here once at most.
    local seen, taken = {}, 0
    for i = 1, count do
      local uid, score = uids[i], redis.call('ZSCORE', AGING, uids[i])
      if not seen[uid] and tonumber(score) == tonumber(lease) then
        seen[uid] = true
        taken = taken + 1
        uids[taken] = uid
        payloads[taken] = payloads[i]
      end
    end
    for i = taken + 1, count do
      uids[i], payloads[i] = nil, nil
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
if not orderKeys and not headers then
  return cmsgpack.pack(head, uids, payloads)
end
if #buried > 0 then
  ${dyingInOrder}
  dieInOrder(buried, ARGV[11])
  -- What comes after them may be in the queue now.
  head[1] = '0'
end
local function ofEach(values)
  local list = {}
  for i = 1, values and count or 0 do
    list[i] = values[uids[i]] or ''
  end
  return list
end
if not headers then
  return cmsgpack.pack(head, uids, payloads, ofEach(orderKeys))
end
return cmsgpack.pack(head, uids, payloads, ofEach(orderKeys), ofEach(headers))
`;

/** Acks items, then claims the next ones; with `after`, when an item has come. */
export async function claim(
  connection: SupervisedConnection,
  keys: QueueKeys,
  claim: ClaimRequest,
  after?: ClaimAfterPop,
): Promise<Claimed> {
  const { lease, instance, number, read, free = claim.max, done = [] } = claim;
  const { maxAttempts = 0, onDead = "continue", mayBeLarge = false, limitsAfter } = claim;
  const usual = after === undefined ? "" : "popped";
  const acked = ackArguments(done);
  const argsOf = ({ max, maxBytes, postpone = false }: ClaimLimits) => [
    ...[max, maxBytes, maxAttempts, microsecondsOf(lease)],
    ...[instance, number, read, postpone ? "postpone" : usual, free, mayBeLarge ? 1 : 0],
    ...[onDead, ...acked],
  ];
  const action = done.length > 0
    ? `${actionOn("ack", done.length)} and get an item`
    : "get an item";
  const callAfter = (lost: number): ScriptCall => ({
    args: argsOf(lost > 0 && limitsAfter !== undefined ? limitsAfter(lost) : claim),
    argsAfter: limitsAfter && ((more) => argsOf(limitsAfter(lost + more))),
    action,
  });
  const reply = after === undefined
    ? await claimScript.run(connection, keys, callAfter(0))
    : await claimScript.runAfter(after.pop, connection, keys, callAfter(0), after.blocking);
  const claimed = readClaimed(reply, lease, done.length);
  if (!claimed.sizesOnly) return claimed;
  try {
    return { ...claimed, items: await withPayloads(connection, keys, claimed.items) };
  } catch (error) {
    const isForItsSize = error instanceof AnswersLostError || error instanceof RedisReplyError;
    if (!isForItsSize) throw error;
    // The same claim once more, as if its answer had been lost: a script may give less.
    const again = await claimScript.run(connection, keys, callAfter(1));
    return { ...readClaimed(again, lease, done.length), acked: claimed.acked };
  }
}

/** Fetches the payloads of items. Those that are gone by now are left out. */
async function withPayloads(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: ClaimedItem[],
): Promise<ClaimedItem[]> {
  const payloads = await connection.send({
    name: "HMGET",
    // An answer that is cut in its last string may look whole. So the last is of no item: none has the uid "".
    args: [keys.items, ...items.map(({ uid }) => uid), ""],
    bytes: true,
    action: actionOn("get", items.length),
    isWhole: (reply) =>
      Array.isArray(reply) && reply.length === items.length + 1 && reply.at(-1) === null,
    mostLost: 1,
  }) as (Uint8Array | null)[];
  return items.flatMap((item, i) => {
    const payload = payloads[i];
    return payload instanceof Uint8Array ? [{ ...item, payload }] : [];
  });
}
