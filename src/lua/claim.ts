import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { readStrings } from "./message_pack.ts";
import { millisecondsOf, promotingFrom } from "./promote.ts";
import { Script } from "./script.ts";

/** An item that this consumer claimed. */
export interface ClaimedItem {
  uid: string;
  payload: Uint8Array;
  /** What tells its lease from others of the same item: when it began, in microseconds since the epoch. */
  lease: number;
  /** Which delivery this is, from 1. */
  attempt: number;
}

/** What a claim got. */
export interface Claimed {
  /** Oldest first. */
  items: ClaimedItem[];
  /** Whether the queue had no more; `false` where the claim stopped at its limits. */
  emptied: boolean;
  /** Whether the queue is paused: nothing was taken, and what was popped is back. */
  paused: boolean;
  /** Milliseconds until a delayed item is due; `undefined` where there is none. */
  nextDueMs: number | undefined;
}

/** What a claim asks for. */
export interface Claim {
  /** Most items to take from the queue, at most 1,000. */
  max: number;
  /** uids that a blocking pop has moved to `ackbuf`: they are claimed first. */
  popped?: string[];
}

/** A claim stops at about so many bytes of payload: one answer must stay small beside Redis's memory and ours. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Most items read at once: those that an answer has no room for are read in vain. */
const CHUNK = 32;

/**
 * Redis keeps a small sorted set of short members as a list, which it searches from the front for each lease that begins
 * or ends: with a hundred items in flight that takes longer than all else. A member of more than 64 bytes (its setting
 * zset-max-listpack-value) makes it a skip list, which it stays until it is empty. Such a one, no uid since it is no
 * UTF-8, comes first and goes again in the same script, where a claim is for so many items.
 */
const MANY = 10;

/**
 * Moves the next items from waiting to in flight; their leases start now. A uid without payload (its item was acked
 * after it was requeued) is dropped, and so is one that is in flight already (it was queued twice). Delayed items that
 * are due are queued before.
 *
 * KEYS    1 queue, 2 items, 3 ackbuf, 4 ackbuf_aging, 5 attempts, 6 delayed, 7 paused
 * ARGV    1 most items to take, 2 bytes of payload after which to stop, 3... uids that a blocking pop moved to ackbuf
 * Returns MessagePack array: "0" the queue may have more, "1" it had no more, or "2" it is paused; when the leases began;
 *         microseconds until a delayed item is due, or ""; failed deliveries of each item, joined with commas, or "" where
 *         no item has any; uid, payload, uid, payload, ...
 */
const script = new Script(`
${promotingFrom({ queue: 1, delayed: 6 })}

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- Redis would make text of the number anew for each item.
local lease = string.format('%.0f', now)
local limit = tonumber(ARGV[2])
local claimed, count, bytes = {'0', lease, '', ''}, 0, 0
local seen = {}

-- Without effect: if Redis refuses one of them (another type of key, no permission), it does so before anything has
-- changed. And a full Redis refuses ZADD unless the script has begun to write.
redis.call('LTRIM', KEYS[1], 0, -1)
local isMany = tonumber(ARGV[1]) >= ${MANY}
if isMany then
  redis.call('ZREM', KEYS[4], '')
end
if #ARGV > 2 then
  redis.call('HMGET', KEYS[2], '')
  redis.call('HSTRLEN', KEYS[2], '')
  redis.call('ZADD', KEYS[4], 'XX', 0, '')
end

-- None that is paused, delayed, or has failed before: as in most queues at most times.
local isSimple = redis.call('EXISTS', KEYS[5], KEYS[6], KEYS[7]) == 0
if not isSimple then
  if redis.call('EXISTS', KEYS[7]) == 1 then
    for i = 3, #ARGV do
      redis.call('RPUSH', KEYS[1], ARGV[i])
      if redis.call('LREM', KEYS[3], 1, ARGV[i]) == 0 then
        redis.call('LREM', KEYS[1], -1, ARGV[i])
      end
    end
    claimed[1] = '2'
    return cmsgpack.pack(claimed)
  end
  redis.call('HMGET', KEYS[5], '')
  claimed[3] = promote(now)
end

-- Of a uid that was queued twice only one claim counts: the one that began the lease.
local function begins(uid)
  return not seen[uid] and tonumber(redis.call('ZSCORE', KEYS[4], uid)) == now
end

-- Returns how many of the uids there was room for.
local function claim(uids)
  local payloads = redis.call('HMGET', KEYS[2], unpack(uids))
  local leases, fit, room = {}, 0, limit - bytes
  repeat
    fit = fit + 1
    if payloads[fit] then
      leases[#leases + 1] = lease
      leases[#leases + 1] = uids[fit]
      room = room - #payloads[fit]
    end
  until room <= 0 or fit == #uids
  if #leases == 0 then
    return fit
  end
  local asSkipList, long = isMany and fit >= ${MANY}, string.rep('\\255', 65)
  if asSkipList then
    redis.call('ZADD', KEYS[4], 0, long)
  end
  local allNew = redis.call('ZADD', KEYS[4], 'NX', unpack(leases)) == #leases / 2
  if asSkipList then
    redis.call('ZREM', KEYS[4], long)
    isMany = false
  end
  for i = 1, fit do
    local uid, payload = uids[i], payloads[i]
    if payload and (allNew or begins(uid)) then
      seen[uid] = true
      claimed[#claimed + 1] = uid
      claimed[#claimed + 1] = payload
      count = count + 1
      bytes = bytes + #payload
    end
  end
  return fit
end

for i = 3, #ARGV do
  local popped = redis.call('LREM', KEYS[3], 1, ARGV[i]) == 1
  -- Not there but in flight: the cleaner, or this very call the first time it was sent, has stamped it already.
  if popped or redis.call('ZREM', KEYS[4], ARGV[i]) == 1 then
    claim({ARGV[i]})
  end
end

local most = count + ARGV[1]
while count < most and bytes < limit do
  local tail = redis.call('LRANGE', KEYS[1], -math.min(most - count, ${CHUNK}), -1)
  if #tail == 0 then
    claimed[1] = '1'
    break
  end
  local last = 1
  if #tail > 1 then
    -- As many as fit if all are as large as the larger one at their ends: mostly they are of one size.
    local size = redis.call('HSTRLEN', KEYS[2], tail[1])
    size = math.max(size, redis.call('HSTRLEN', KEYS[2], tail[#tail]))
    last = math.max(1, #tail + 1 - math.ceil((limit - bytes) / (size + 1)))
  end
  local uids = {}
  for i = #tail, last, -1 do
    uids[#uids + 1] = tail[i]
  end
  local fit = claim(uids)
  -- After that: should it be refused, an item in two places does no harm, one in none would.
  redis.call('LTRIM', KEYS[1], 0, -1 - fit)
end
if not isSimple and count > 0 then
  local uids = {}
  for i = 5, #claimed, 2 do
    uids[#uids + 1] = claimed[i]
  end
  local attempts = redis.call('HMGET', KEYS[5], unpack(uids))
  for i = 1, #uids do
    attempts[i] = attempts[i] or '0'
  end
  claimed[4] = table.concat(attempts, ',')
end
return cmsgpack.pack(claimed)
`);

const decoder = new TextDecoder();

/** Strings of the answer before the first uid. */
const HEAD = 4;

/** Claims the next items. */
export async function claim(
  connection: SupervisedConnection,
  keys: QueueKeys,
  { max, popped = [] }: Claim,
): Promise<Claimed> {
  const reply = await script.run(connection, {
    keys: [
      ...[keys.queue, keys.items, keys.ackbuf, keys.aging],
      ...[keys.attempts, keys.delayed, keys.paused],
    ],
    args: [max, MAX_BYTES, ...popped],
    action: "get an item",
  });
  const strings = readStrings(reply);
  const [status, began, nextDue, failures] = strings.slice(0, HEAD).map((bytes) =>
    decoder.decode(bytes)
  ) as [string, string, string, string];
  const lease = Number(began);
  const failed = failures === "" ? undefined : failures.split(",");
  const items: ClaimedItem[] = [];
  for (let i = HEAD; i < strings.length; i += 2) {
    items.push({
      uid: decoder.decode(strings[i]!),
      payload: strings[i + 1]!,
      lease,
      attempt: failed === undefined ? 1 : Number(failed[items.length]) + 1,
    });
  }
  return {
    items,
    emptied: status === "1",
    paused: status === "2",
    nextDueMs: millisecondsOf(nextDue),
  };
}
