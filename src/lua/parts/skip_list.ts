import { part } from "../script.ts";

/** From how many items on a claim makes the leases a skip list. */
export const MANY = 10;

/**
 * `beginLeases(uids, lease)` adds items to the sorted set of those in flight, and leaves those that are there; returns how
 * many it added. Many leases make the set a skip list.
 *
 * Redis keeps a sorted set of up to 128 short members as a plain list, and searches it from the front for each lease that
 * begins or ends. A member of more than 64 bytes (its setting zset-max-listpack-value) makes it a skip list, which it stays
 * until it is empty. So a claim of many first adds such a member, and removes it when its leases stand. The member is not
 * valid UTF-8, and so no uid.
 *
 * It pays from 50 to 200 items in flight. Microseconds of script time an item, to claim n items at once and to ack them at
 * once (Redis 7.0, 100 bytes each):
 *
 * | n            |  10 |  50 | 100 | 128 | 200 |
 * | ------------ | --- | --- | --- | --- | --- |
 * | with this    | 5.1 | 2.5 | 2.2 | 2.2 | 2.2 |
 * | without this | 4.8 | 2.8 | 3.0 | 3.3 | 2.9 |
 */
export const skipList = part("aging")`
local function beginLeases(uids, lease)
  local scores = {}
  for i = 1, #uids do
    scores[2 * i - 1] = lease
    scores[2 * i] = uids[i]
  end
  if #uids < ${MANY} then
    return redis.call('ZADD', AGING, 'NX', unpack(scores))
  end
  local long = string.rep('\255', 65)
  redis.call('ZADD', AGING, 0, long)
  local begun = redis.call('ZADD', AGING, 'NX', unpack(scores))
  redis.call('ZREM', AGING, long)
  return begun
end`;
