import { part } from "../script.ts";

/**
 * `ring(due)` tells waiting consumers when the next delayed item is due. Without it they would notice some seconds too late.
 * They read the end of the stream; the id of an entry is Redis's time in milliseconds. It is only a hint: scripts ring at
 * their end, and ignore an error.
 */
export const doorbell = part("doorbell")`
local function ring(due)
  redis.pcall('XADD', DOORBELL, 'MAXLEN', 1, '*', 'due', due)
  redis.pcall('EXPIRE', DOORBELL, 10)
end`;
