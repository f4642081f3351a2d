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
 * not read (it got lost, or the caller gave up), the next word of that instance puts the items back in front. A note is a
 * MessagePack array of the claim's number, its lease, and the uids, oldest first.
 *
 * - `claimNote(instance)`: the note, or nil.
 * - `stillClaimed(note)`: the uids that are in flight by that claim still.
 * - `giveBack(uids)`: puts them back in front, with no attempt counted.
 * - `touchField(instance)`: the field that holds the lease of its last touch.
 * - `recall(instance, read, upTo)`: gives back what the last claim took if nobody read it, see {@linkcode ClaimsRead}.
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
