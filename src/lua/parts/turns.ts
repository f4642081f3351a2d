import { functionPart, part } from "../script.ts";
import { orderKeys } from "./order_keys.ts";

/**
 * How a turn ends, see {@linkcode orderKeys}.
 *
 * - `nextTurn(key)` gives the turn to the next parked item, and puts it at the front of the queue: it was queued before all that
 *   wait there.
 * - `endTurn(uid, value)` ends the turn of an item, if it has it.
 */
const turns = part("queue", "items", "heads")`
${orderKeys}
local function nextTurn(key)
  local first, last = bounds(key)
  repeat
    local member = redis.call('ZRANGEBYLEX', PARKED, first, last, 'LIMIT', 0, 1)[1]
    if not member then
      redis.call('HDEL', HEADS, key)
      return
    end
    local _, _, uid = partsOf(member)
    local isThere = redis.call('HEXISTS', ITEMS, uid) == 1
    if isThere then
      -- New place first, see script.ts.
      redis.call('RPUSH', QUEUE, uid)
      redis.call('HSET', HEADS, key, uid)
    end
    redis.call('ZREM', PARKED, member)
  until isThere
end

local function endTurn(uid, value)
  redis.call('ZREM', PARKED, memberOf(uid, value))
  local key = orderKeyIn(value)
  if redis.call('HGET', HEADS, key) == uid then
    nextTurn(key)
  end
end`;

/** `nextTurnOf(key)` gives the turn to the next parked item: the one that had it is gone. */
export const passingOn = functionPart()`
local function nextTurnOf(key)
  ${turns}
  nextTurn(key)
end`;

/** `leaveOrder(uids)` forgets the order keys of items that are gone, and ends their turns. */
export const leavingOrder = functionPart("held")`
local function leaveOrder(uids)
  ${turns}
  local values = redis.call('HMGET', ORDERKEYS, unpack(uids))
  for i, uid in ipairs(uids) do
    if values[i] then
      endTurn(uid, values[i])
    end
  end
  redis.call('HDEL', ORDERKEYS, unpack(uids))
  redis.call('HDEL', HELD, unpack(uids))
end`;

/**
 * `dieInOrder(uids, onDead)` does with the turns of new dead letters what `onDead` says: 'hold' keeps them until the dead letters
 * are requeued or deleted, 'continue' ends them. Returns whether any item had an order key.
 */
export const dyingInOrder = functionPart("held")`
local function dieInOrder(uids, onDead)
  ${turns}
  local values = redis.call('HMGET', ORDERKEYS, unpack(uids))
  local any = false
  for i, uid in ipairs(uids) do
    local value = values[i]
    any = any or value
    if value and onDead == 'hold' and redis.call('HGET', HEADS, orderKeyIn(value)) == uid then
      redis.call('HSET', HELD, uid, orderKeyIn(value))
    elseif value then
      endTurn(uid, value)
    end
  end
  return any
end`;

/** `isOvertaken(uid)` tells whether another item with the order key of this one has the turn. */
export const overtaking = functionPart("heads")`
local function isOvertaken(uid)
  ${orderKeys}
  local value = redis.call('HGET', ORDERKEYS, uid)
  local head = value and redis.call('HGET', HEADS, orderKeyIn(value))
  return head and head ~= uid
end`;
