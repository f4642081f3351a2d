import { front } from "./front.ts";
import { leases } from "./leases.ts";
import { part } from "../script.ts";

/** Which claims of an instance were read. */
export interface ClaimsRead {
  /** Names the instance, for as long as it lives. */
  instance: string;
  /** The number of the last claim that brought items and whose answer was read; 0 for none. */
  read: number;
  /** The number of the last claim that was read or given up: a later one is still awaited. */
  upTo: number;
}

/**
 * Each instance's last claim is noted in the hash `claims`, so that no item stays in flight for nobody: where the answer was
 * not read (it got lost, or the caller gave up), the next word of that instance puts the items back in front. A note is the
 * claim's number, its lease, and the uids, oldest first, as a MessagePack array, with a space between.
 *
 * - `noteOf(instance)`: number and lease of the last claim, and its uids packed; or nil.
 * - `stillClaimed(lease, uids)`: the uids that are in flight by that claim still.
 * - `giveBack(uids)`: puts them back in front, with no attempt counted.
 * - `touchNote(instance)`: the field that holds the lease of its last touch.
 * - `recall(instance, read, upTo)`: gives back what the last claim took if nobody read it, see {@linkcode ClaimsRead}.
 */
export const notes = part("claims", "aging")`
${leases}
${front}
local function noteOf(instance)
  local number, lease, uids = string.match(redis.call('HGET', CLAIMS, instance) or '', '^(%d+) (%d+) (.*)$')
  return tonumber(number), lease, uids
end

local function stillClaimed(lease, packed)
  local uids = {}
  for _, uid in ipairs(cmsgpack.unpack(packed)) do
    if isHeld(uid, lease) then
      uids[#uids + 1] = uid
    end
  end
  return uids
end

local function giveBack(uids)
  if #uids > 0 then
    putInFront(uids)
    leave(uids)
  end
end

local function touchNote(instance)
  return instance .. ':touch'
end

local function recall(instance, read, upTo)
  local number, lease, uids = noteOf(instance)
  if number and number <= tonumber(upTo) and number ~= tonumber(read) then
    giveBack(stillClaimed(lease, uids))
    redis.call('HDEL', CLAIMS, instance)
  end
end`;
