import { MAX_ITEMS } from "../limits.ts";
import { part } from "../script.ts";

/**
 * The front of the queue. What a blocked pop takes goes to the list `popped`, which every claim takes from before it takes
 * from `queue`: a pop whose consumer never claims has taken nothing away.
 *
 * - `gatherPopped()`: puts what was popped back in front of those that wait.
 * - `putInFront(uids)`: makes these, oldest first, the next to be claimed.
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
