import { part } from "../script.ts";

/** `attemptsOf(uids)` returns the failed deliveries of items, joined with commas. */
export const attempts = part("attempts")`
local function attemptsOf(uids)
  local counts = redis.call('HMGET', ATTEMPTS, unpack(uids))
  for i = 1, #uids do
    counts[i] = tostring(tonumber(counts[i] or nil) or 0)
  end
  return table.concat(counts, ',')
end`;
