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
 * (it got lost, or the caller gave up), the next call of that instance puts the items back in front. A note is a MessagePack
 * array: the claim's number, its lease, the uids from oldest to newest.
 *
 * - `claimNote(instance)` returns the note, or nil.
 * - `stillClaimed(note)` returns the uids that are still in flight with the lease of that claim.
 * - `giveBack(uids)` puts items back in front, with no attempt counted.
 * - `touchField(instance)` returns the field with the lease of the instance's last touch.
 * - `recall(instance, read, upTo)` gives back what the last claim took, if nobody read it, see {@linkcode ClaimsRead}.
 */
export const claimNotes = part("claims", "aging")`
${leases}
${front}
local function claimNote(instance)
  local note = redis.call('HGET', CLAIMS, instance)
  return note and cmsgpack.unpack(note)
end

local function stillClaimed(note)
  local uids = {}
  for i = 3, #note do
    if isHeld(note[i], note[2]) then
      uids[#uids + 1] = note[i]
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
  local note = claimNote(instance)
  if note and note[1] <= tonumber(upTo) and note[1] ~= tonumber(read) then
    giveBack(stillClaimed(note))
    redis.call('HDEL', CLAIMS, instance)
  end
end`;
