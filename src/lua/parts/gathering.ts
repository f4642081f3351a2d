import { answering } from "../claimed.ts";
import { part } from "../script.ts";

/** Most items read at once: those that an answer has no room for are read in vain. */
const CHUNK = 32;

/** Most uids looked at in one call: of many without payload each is dropped. */
const MOST_LOOKS = 2_000;

/**
 * `gather(list)` looks through a list from the right, its front, and takes what there is room for. It drops a uid without
 * payload, and one that is delayed or dead. Returns how many uids it has done with, and whether it came to the list's end.
 * `buried` are the uids of those that had their last allowed attempt.
 *
 * The script declares `allowed`, `isSimple` and `areResting` above it.
 */
export const gathering = part("items", "attempts", "delayed", "dead")`
${answering}
local buried = {}

-- Which of the uids are delayed or dead: one that was queued twice.
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

-- The next uids, as many as there is room for if all their payloads are as large as the larger one at their ends: mostly
-- they are of one size.
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
