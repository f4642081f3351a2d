import { answering } from "../claimed.ts";
import { part } from "../script.ts";
import { clock } from "./clock.ts";
import { claimNotes } from "./claim_notes.ts";

/**
 * `repeatClaim(note)` answers a claim that is sent again. It gives the items of its note that fit the limits, and puts the rest
 * back in front. If ARGV 8 is "1", Redis could not deliver even the first item alone: it delays this item by a minute, and
 * puts all others back.
 */
export const repetition = part("items", "delayed")`
${clock}
${claimNotes}
${answering}
local function repeatClaim(note)
  answer[2] = note[2]
  local claimed = stillClaimed(note)
  if ARGV[8] == '1' and #claimed > 0 then
    local first = table.remove(claimed, 1)
    local size = redis.call('HSTRLEN', ITEMS, first)
    redis.call('ZADD', DELAYED, text(now + 60000000), first)
    endLeases({first})
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
  giveBack(back)
  return finish(#back > 0 and '4' or '0')
end`;
