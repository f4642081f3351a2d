import { part } from "../script.ts";

/** `forget(uids)` deletes all that our own keys hold of items. Payloads, leases and places in lists stay. */
export const forgetting = part(
  ...["attempts", "errors", "delayed", "dead", "short", "named"] as const,
)`
local function forget(uids)
  if redis.call('EXISTS', ATTEMPTS, DELAYED, DEAD, SHORT, NAMED) > 0 then
    redis.call('HDEL', ATTEMPTS, unpack(uids))
    redis.call('HDEL', ERRORS, unpack(uids))
    redis.call('ZREM', DELAYED, unpack(uids))
    redis.call('ZREM', DEAD, unpack(uids))
    redis.call('ZREM', SHORT, unpack(uids))
    redis.call('HDEL', NAMED, unpack(uids))
  end
end`;
