import { part } from "./script.ts";

/**
 * `ring(due)` tells consumers that wait of something that they would notice only some seconds later. They read the stream's
 * end; an entry's id is Redis's time in milliseconds.
 */
export const doorbell = part("doorbell")`
local function ring(due)
  redis.call('XADD', DOORBELL, 'MAXLEN', 1, '*', 'due', due)
  redis.call('EXPIRE', DOORBELL, 10)
end`;
