import { functionPart } from "../script.ts";
import { orderKeys, PLACE } from "./order_keys.ts";

/**
 * `takeTurns(uids, found, out, keys)` gives items that a claim meets their turn, or parks them, see {@linkcode orderKeys}.
 *
 * It leaves those alone that have no payload in `found`, or have `out[i]` set. It sets `out[i]` for those that do not have their
 * turn, and `keys[uid]`, the order key, for the others. Returns which of them have an order key.
 */
export const parking = functionPart("heads")`
local function takeTurns(uids, found, out, keys)
  ${orderKeys}
  local values = redis.call('HMGET', ORDERKEYS, unpack(uids))
  local heads, begun, places, parked, noted = {}, {}, {}, {}, {}

  local function lastPlace(key)
    local first, last = bounds(key)
    local member = redis.call('ZRANGE', PARKED, last, first, 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
    local _, place = partsOf(member or '0:0')
    return tonumber(place)
  end

  local function park(uid, key)
    places[key] = (places[key] or lastPlace(key)) + 1
    local value = string.format('%0${PLACE}.0f', places[key]) .. key
    parked[#parked + 1] = 0
    parked[#parked + 1] = memberOf(uid, value)
    noted[#noted + 1] = uid
    noted[#noted + 1] = value
  end

  local seen = {}
  for i, uid in ipairs(uids) do
    local value = values[i]
    if value and found[i] and not out[i] then
      local key = orderKeyIn(value)
      local head = heads[key] or redis.call('HGET', HEADS, key)
      if not head then
        head = uid
        begun[#begun + 1] = key
        begun[#begun + 1] = uid
      end
      heads[key] = head
      keys[uid] = key
      if head ~= uid then
        out[i] = true
        if not seen[uid] and not isParked(uid, value) then
          park(uid, key)
        end
        seen[uid] = true
      end
    end
  end
  if #begun > 0 then
    redis.call('HSET', HEADS, unpack(begun))
  end
  if #parked > 0 then
    -- The place first: without it, an item that is parked could not be found there.
    redis.call('HSET', ORDERKEYS, unpack(noted))
    redis.call('ZADD', PARKED, unpack(parked))
  end
  return values
end`;
