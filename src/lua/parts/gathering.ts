import { answering } from "../claimed.ts";
import { part } from "../script.ts";

/** Limit of items to read at once. Those that the answer has no room for are read in vain. */
const CHUNK = 32;

/** Limit of uids to look at in a list, since many may have no payload. */
const MOST_LOOKS = 2_000;

/**
 * `gather(list)` takes items from a list while there is room, from the right, its front. It passes over uids without payload,
 * and those that are delayed or dead. Items that have had all their attempts go to `buried`. Returns how many uids of the list
 * are done with, and whether it reached the end of the list. It changes nothing in Redis.
 *
 * The script declares `max`, `maxBytes`, `allowed`, `isSimple` and `areResting` before this part.
 */
export const gathering = part("items", "attempts", "delayed", "dead")`
${answering}
local buried = {}

-- Which uids are delayed or dead: they were queued twice.
local function resting(chunk)
  local rest = {}
  if areResting then
    local delayed = redis.call('ZMSCORE', DELAYED, unpack(chunk))
    local dead = redis.call('ZMSCORE', DEAD, unpack(chunk))
    for i = 1, #chunk do
      rest[i] = delayed[i] or dead[i]
    end
  end
  return rest
end

-- The next uids, as many as there is probably room for: mostly all payloads are of one size, so it measures the first and
-- the last one, and supposes that all are as large as the larger one.
local function nextChunk(list, done)
  local window = redis.call('LRANGE', list, -done - math.min(max - #uids, ${CHUNK}), -done - 1)
  local last = 1
  if #window > 1 then
    local size = redis.call('HSTRLEN', ITEMS, window[1])
    size = math.max(size, redis.call('HSTRLEN', ITEMS, window[#window]))
    last = math.max(1, #window + 1 - math.ceil((maxBytes - bytes) / (size + 1)))
  end
  local chunk = {}
  for i = #window, last, -1 do
    chunk[#chunk + 1] = window[i]
  end
  return chunk
end

local function gather(list)
  local done = 0
  while hasRoom() and done < ${MOST_LOOKS} do
    local chunk = nextChunk(list, done)
    if #chunk == 0 then
      return done, true
    end
    local payloads = redis.call('HMGET', ITEMS, unpack(chunk))
    local rest = resting(chunk)
    local attempts = {}
    if allowed > 0 and not isSimple then
      attempts = redis.call('HMGET', ATTEMPTS, unpack(chunk))
    end
    for i, uid in ipairs(chunk) do
      if not hasRoom() then
        return done, false
      end
      done = done + 1
      if payloads[i] and not rest[i] then
        if attempts[i] and (tonumber(attempts[i]) or 0) >= allowed then
          buried[#buried + 1] = uid
        else
          take(uid, payloads[i])
        end
      end
    end
  end
  return done, false
end`;
