import { part } from "../script.ts";

/**
 * `ring(due)` tells consumers that wait of something that they would notice only some seconds later. They read the stream's
 * end; an entry's id is Redis's time in milliseconds. It is a hint, and comes last: an error in it is left aside.
 */
export const doorbell = part("doorbell")`
local function ring(due)
  redis.pcall('XADD', DOORBELL, 'MAXLEN', 1, '*', 'due', due)
  redis.pcall('EXPIRE', DOORBELL, 10)
end`;
