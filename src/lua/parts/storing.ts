import { part } from "../script.ts";
import { NO_PLACE } from "./order_keys.ts";

/**
 * `store(item)` writes an item whose uid the queue does not have, in the state `item.state`: 'delayed' and 'dead' ones with their
 * `time`, all others wait at the back of the queue. Its other fields are `uid`, `payload`, `attempts`, `err`, `named`, `key` and `headers`,
 * '' or '0' if there is nothing to write. An item with `turn` has the turn of its order key, unless another item has.
 *
 * With the prefix "to_" it writes to the queue to which a script moves items. First it deletes what a Python consumer has left of
 * an earlier item under the uid.
 */
export function storing(to: "" | "to_") {
  const prefix = to.toUpperCase();
  return part(
    ...[`${to}queue`, `${to}items`, `${to}attempts`, `${to}errors`, `${to}named`] as const,
    `${to}headers`,
    ...[`${to}delayed`, `${to}dead`, `${to}orderkeys`, `${to}heads`, `${to}held`] as const,
  )`
local hadHeaders = redis.call('EXISTS', ${prefix}HEADERS) == 1

local function store(item)
  local uid = item.uid
  redis.call('HDEL', ${prefix}ATTEMPTS, uid)
  redis.call('HDEL', ${prefix}ERRORS, uid)
  redis.call('HDEL', ${prefix}NAMED, uid)
  redis.call('HDEL', ${prefix}ORDERKEYS, uid)
  redis.call('HDEL', ${prefix}HELD, uid)
  redis.call('ZREM', ${prefix}DELAYED, uid)
  redis.call('ZREM', ${prefix}DEAD, uid)
  if item.attempts ~= '0' then
    redis.call('HSET', ${prefix}ATTEMPTS, uid, item.attempts)
  end
  if item.err ~= '' then
    redis.call('HSET', ${prefix}ERRORS, uid, item.err)
  end
  if item.named ~= '' then
    redis.call('HSET', ${prefix}NAMED, uid, item.named)
  end
  if item.headers ~= '' then
    redis.call('HSET', ${prefix}HEADERS, uid, item.headers)
  elseif hadHeaders then
    redis.call('HDEL', ${prefix}HEADERS, uid)
  end
  if item.key ~= '' then
    redis.call('HSET', ${prefix}ORDERKEYS, uid, '${NO_PLACE}' .. item.key)
    if item.turn and redis.call('HEXISTS', ${prefix}HEADS, item.key) == 0 then
      redis.call('HSET', ${prefix}HEADS, item.key, uid)
      if item.state == 'dead' then
        redis.call('HSET', ${prefix}HELD, uid, item.key)
      end
    end
  end
  if item.state == 'delayed' then
    redis.call('ZADD', ${prefix}DELAYED, item.time, uid)
  elseif item.state == 'dead' then
    redis.call('ZADD', ${prefix}DEAD, item.time, uid)
  else
    redis.call('LPUSH', ${prefix}QUEUE, uid)
  end
  -- The payload last: a uid without payload does no harm.
  redis.call('HSET', ${prefix}ITEMS, uid, item.payload)
end`;
}
