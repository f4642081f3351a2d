import { part } from "../script.ts";

/** `countOf(value)` reads a number of failed deliveries, 0 if there is none, or a strange one. */
export const attemptCount = part()`
local function countOf(value)
  return tonumber(value or nil) or 0
end`;

/** `attemptsOf(uids)` returns the failed deliveries of items, joined with commas. */
export const attempts = part("attempts")`
${attemptCount}
local function attemptsOf(uids)
  local counts = redis.call('HMGET', ATTEMPTS, unpack(uids))
  for i = 1, #uids do
    counts[i] = tostring(countOf(counts[i]))
  end
  return table.concat(counts, ',')
end`;
