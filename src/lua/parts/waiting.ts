import { part } from "../script.ts";

/** How many uids are read at once. */
const WINDOW = 100;

/**
 * `eachWaiting(most, visit)` calls `visit(uid)` for the uids that wait, the next to be claimed first, until it returns true; for
 * at most so many of what was popped, and of the queue.
 */
export const waiting = part("queue", "popped")`
-- They name the key that has another type.
redis.call('LLEN', POPPED)
redis.call('LLEN', QUEUE)

local function eachWaiting(most, visit)
  for _, list in ipairs({POPPED, QUEUE}) do
    for first = 1, most, ${WINDOW} do
      local uids = redis.call('LRANGE', list, -first - ${WINDOW - 1}, -first)
      for i = #uids, 1, -1 do
        if visit(uids[i]) then
          return
        end
      end
      if #uids < ${WINDOW} then
        break
      end
    end
  end
end`;
