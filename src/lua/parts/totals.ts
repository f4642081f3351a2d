import { part } from "../script.ts";

/**
 * `total(name, count)` adds to one of the queue's running totals. Scripts call it at their end, and it ignores an error: a
 * number must not stop a queue.
 */
export const totals = part("stats")`
local function total(name, count)
  if count > 0 then
    pcall(redis.pcall, 'HINCRBY', STATS, name, count)
  end
end`;
