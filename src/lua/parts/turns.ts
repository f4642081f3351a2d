import { functionPart, part } from "../script.ts";
import { orderKeys } from "./order_keys.ts";

/**
 * How a turn ends, see {@linkcode orderKeys}.
 *
 * - `isNextThere(key)` gives the turn to the next parked item, if there is one, and puts it at the front of the queue: it was
 *   queued before all that wait there.
 * - `endTurns(uids, values)` ends the turns of items. `values` is what `orderkeys` has of them.
 */
const turns = part("queue", "items", "heads")`
${orderKeys}
local function isNextThere(key)
  local first, last = bounds(key)
  while true do
    local member = redis.call('ZRANGE', PARKED, first, last, 'BYLEX', 'LIMIT', 0, 1)[1]
    if not member then
      return false
    end
    local _, _, uid = partsOf(member)
    local isThere = redis.call('HEXISTS', ITEMS, uid) == 1
    if isThere then
      -- New place first, see script.ts.
      redis.call('RPUSH', QUEUE, uid)
      redis.call('HSET', HEADS, key, uid)
    end
    redis.call('ZREM', PARKED, member)
    if isThere then
      return true
    end
  end
end

local function endTurns(uids, values)
  local ordered, keys, parked, ended, seen = {}, {}, {}, {}, {}
  for i, uid in ipairs(uids) do
    if values[i] and not seen[uid] then
      seen[uid] = true
      ordered[#ordered + 1] = uid
      keys[#keys + 1] = orderKeyIn(values[i])
      if wasParked(values[i]) then
        parked[#parked + 1] = memberOf(uid, values[i])
      end
    end
  end
  if #ordered == 0 then
    return
  end
  if #parked > 0 then
    redis.call('ZREM', PARKED, unpack(parked))
  end
  local heads = redis.call('HMGET', HEADS, unpack(keys))
  for i, uid in ipairs(ordered) do
    if heads[i] == uid and not isNextThere(keys[i]) then
      ended[#ended + 1] = keys[i]
    end
  end
  if #ended > 0 then
    redis.call('HDEL', HEADS, unpack(ended))
  end
end`;

/** `passOn(key)` gives the turn to the next parked item: the one that had it is gone. */
export const passingOn = functionPart()`
local function passOn(key)
  ${turns}
  if not isNextThere(key) then
    redis.call('HDEL', HEADS, key)
  end
end`;

/** `leaveOrder(uids)` forgets the order keys of items that are gone, and ends their turns. */
export const leavingOrder = functionPart("held")`
local function leaveOrder(uids)
  ${turns}
  endTurns(uids, redis.call('HMGET', ORDERKEYS, unpack(uids)))
  redis.call('HDEL', ORDERKEYS, unpack(uids))
  redis.call('HDEL', HELD, unpack(uids))
end`;

/**
 * `dieInOrder(uids, onDead)` does with the turns of new dead letters what `onDead` says: 'hold' keeps them until the dead letters
 * are requeued or deleted, 'continue' ends them.
 */
export const dyingInOrder = functionPart("held")`
local function dieInOrder(uids, onDead)
  ${turns}
  local values = redis.call('HMGET', ORDERKEYS, unpack(uids))
  for i, uid in ipairs(uids) do
    local key = onDead == 'hold' and values[i] and orderKeyIn(values[i])
    if key and redis.call('HGET', HEADS, key) == uid then
      redis.call('HSET', HELD, uid, key)
      values[i] = false
    end
  end
  endTurns(uids, values)
end`;

/** `isOvertaken(uid)` tells whether another item with the order key of this one has the turn. */
export const overtaking = functionPart("heads")`
local function isOvertaken(uid)
  ${orderKeys}
  local value = redis.call('HGET', ORDERKEYS, uid)
  local head = value and redis.call('HGET', HEADS, orderKeyIn(value))
  return head and head ~= uid
end`;
