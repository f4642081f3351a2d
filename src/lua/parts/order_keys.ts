import { functionPart, part } from "../script.ts";

/** Digits of an item's place among the parked items of its order key. */
export const PLACE = 15;
/** The place of an item that was never parked. */
export const NO_PLACE = "0".repeat(PLACE);

/**
 * Items with an order key are handled one at a time, in the order in which they were queued. No key of its own is a lock: an
 * item has its turn until it is gone, wherever it is meanwhile.
 *
 * - `orderkeys` has each item's place and order key.
 * - `heads` has the item of each order key whose turn it is, from its first claim until it is acked or deleted, or dies. Where
 *   it waits after a failure, or when its lease has ended, does not matter.
 * - `parked` has the items that a claim met while another one had its turn, in their order. The others wait in the queue.
 * - `held` has the dead letters that keep their turn.
 *
 * In Lua:
 *
 * - `orderKeyIn(value)` returns the order key in a value of `orderkeys`.
 * - `memberOf(uid, value)` returns what stands for the item in `parked`: the length of its order key, so that no key is the
 *   beginning of another, the key, its place, and the uid.
 * - `bounds(key)` returns the first and the last member that items of an order key can have.
 * - `partsOf(member)` returns the order key, the place and the uid.
 * - `wasParked(value)` tells whether the item is parked, or was before it had its turn.
 * - `isParked(uid, value)` tells whether the item is parked.
 */
export const orderKeys = part("orderkeys", "parked")`
local function orderKeyIn(value)
  return string.sub(value, ${PLACE + 1})
end

local function prefixOf(key)
  return #key .. ':' .. key
end

local function memberOf(uid, value)
  return prefixOf(orderKeyIn(value)) .. string.sub(value, 1, ${PLACE}) .. uid
end

local function bounds(key)
  return '[' .. prefixOf(key) .. '0', '(' .. prefixOf(key) .. ':'
end

local function partsOf(member)
  local colon = string.find(member, ':', 1, true)
  local last = colon + string.sub(member, 1, colon - 1)
  local key, place = string.sub(member, colon + 1, last), string.sub(member, last + 1, last + ${PLACE})
  return key, place, string.sub(member, last + ${PLACE + 1})
end

local function wasParked(value)
  return string.sub(value, 1, ${PLACE}) ~= '${NO_PLACE}'
end

local function isParked(uid, value)
  return wasParked(value) and redis.call('ZSCORE', PARKED, memberOf(uid, value))
end`;

/** `orderKeysOf(uids)` returns the order keys of items, '' for each that has none. */
export const readingOrderKeys = functionPart("orderkeys")`
local function orderKeysOf(uids)
  ${orderKeys}
  local keys = redis.call('HMGET', ORDERKEYS, unpack(uids))
  for i = 1, #uids do
    keys[i] = keys[i] and orderKeyIn(keys[i]) or ''
  end
  return keys
end`;
