import { front } from "./front.ts";
import { leases } from "./leases.ts";
import { part } from "../script.ts";

/** Which claims of an instance were read. */
export interface ClaimsRead {
  /** Id of the instance. */
  instance: string;
  /** Number of the last claim that brought items and was read; 0 for none. */
  read: number;
  /** Number of the last claim that was read or given up. A later one is still under way. */
  upTo: number;
}

/**
 * The hash `claims` has a note of each instance's last claim, so no item stays in flight for nobody. If nobody read the answer
 * (it got lost, or the caller gave up), the next call of that instance puts the items back in front. A note is the
 * claim's number, its lease, and a MessagePack array of the uids from oldest to newest, with a space between.
 *
 * - `claimNote(instance)` returns the number, the lease and the packed uids of the last claim, or nil.
 * - `stillClaimed(lease, packed)` returns the uids that are still in flight with the lease of that claim.
 * - `giveBack(uids)` puts items back in front, with no attempt counted.
 * - `touchField(instance)` returns the field with the lease of the instance's last touch.
 * - `recall(instance, read, upTo)` gives back what the last claim took, if nobody read it, see {@linkcode ClaimsRead}.
 */
export const claimNotes = part("claims", "aging")`
${leases}
${front}
local function claimNote(instance)
  local number, lease, packed = string.match(redis.call('HGET', CLAIMS, instance) or '', '^(%d+) (%d+) (.*)$')
  return tonumber(number), lease, packed
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
    endLeases(uids)
  end
end

local function touchField(instance)
  return instance .. ':touch'
end

local function recall(instance, read, upTo)
  local number, lease, packed = claimNote(instance)
  if number and number <= tonumber(upTo) and number ~= tonumber(read) then
    giveBack(stillClaimed(lease, packed))
    redis.call('HDEL', CLAIMS, instance)
  end
end`;
