import { MAX_ITEMS } from "../limits.ts";
import { part } from "../script.ts";

/**
 * The front of the queue. A blocked pop moves a uid to the list `popped`, and every claim takes from this list first. So a pop
 * whose consumer never claims has taken nothing away.
 *
 * - `gatherPopped()` moves what was popped back to the front of `queue`.
 * - `putInFront(uids)` puts uids, oldest first, at the front: they will be claimed next.
 */
export const front = part("queue", "popped")`
local function gatherPopped()
  local popped = redis.call('LRANGE', POPPED, 0, ${MAX_ITEMS - 1})
  while #popped > 0 do
    redis.call('RPUSH', QUEUE, unpack(popped))
    redis.call('LTRIM', POPPED, #popped, -1)
    popped = redis.call('LRANGE', POPPED, 0, ${MAX_ITEMS - 1})
  end
end

local function putInFront(uids)
  gatherPopped()
  local foremostLast = {}
  for i = #uids, 1, -1 do
    foremostLast[#foremostLast + 1] = uids[i]
  end
  redis.call('RPUSH', QUEUE, unpack(foremostLast))
end`;
