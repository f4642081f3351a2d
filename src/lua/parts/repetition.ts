import { part } from "../script.ts";
import { attempts } from "./attempts.ts";
import { claimNotes } from "./claim_notes.ts";
import { clock } from "./clock.ts";
import { readingOrderKeys } from "./order_keys.ts";

/**
 * `repeatClaim(limits, lease, packed, acked)` answers a claim that is sent again. It gives the items of its note that fit the limits,
 * and puts the rest back in front. With `limits.postpone`, Redis could not deliver even the first item alone: it delays this
 * item by a minute, and puts all others back. `limits.hasHeaders` tells whether any item has headers.
 */
export const repetition = part("items", "delayed", "headers")`
${clock}
${claimNotes}
${attempts}
${readingOrderKeys}
local function repeatClaim(limits, lease, packed, acked)
  local claimed = stillClaimed(lease, packed)
  if limits.postpone and #claimed > 0 then
    local first = table.remove(claimed, 1)
    local size = redis.call('HSTRLEN', ITEMS, first)
    redis.call('ZADD', DELAYED, text(now + 60000000), first)
    endLeases({first})
    giveBack(claimed)
    return cmsgpack.pack({'3', lease, '', '', acked, ''}, {first}, {tostring(size)})
  end
  local head, uids, payloads, keys, headers = {'0', lease, '', '', acked, ''}, {}, {}, {}, {}
  local back, bytes = {}, 0
  for _, uid in ipairs(claimed) do
    local payload = redis.call('HGET', ITEMS, uid)
    if #uids == limits.max or bytes >= limits.maxBytes then
      back[#back + 1] = uid
    elseif payload then
      uids[#uids + 1] = uid
      payloads[#uids] = payload
      bytes = bytes + #payload
      if limits.hasHeaders then
        headers[#uids] = redis.call('HGET', HEADERS, uid) or ''
        bytes = bytes + #headers[#uids]
      end
    end
  end
  if #uids > 0 then
    head[4] = attemptsOf(uids)
    keys = orderKeysOf(uids)
  end
  if #back > 0 then
    giveBack(back)
    head[1] = '4'
  end
  if #headers == 0 then
    return cmsgpack.pack(head, uids, payloads, keys)
  end
  return cmsgpack.pack(head, uids, payloads, keys, headers)
end`;
