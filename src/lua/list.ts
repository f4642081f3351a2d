import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { MAX_BYTES } from "./limits.ts";
import { MessageReader } from "./message_pack.ts";
import { entries, ENTRY_SIZE, readEntries, type StoredEntry } from "./parts/entries.ts";
import { orderKeys } from "./parts/order_keys.ts";
import type { ItemState } from "./parts/states.ts";
import { script } from "./script.ts";

/** How many uids are read at once. */
const WINDOW = 100;
/** Limit of uids to look at in one call: about three milliseconds of Redis's time, and five if all are listed. */
const MOST_LOOKS = 1_000;
/** How much nearer to the front of a list the last uid is looked for, and how much farther from it. */
const NEARER = 1_000;
const FARTHER = 100;

/** The places where items of a state are, the oldest first. */
export const PLACES = {
  waiting: ["parked", "popped", "queue"],
  delayed: ["delayed"],
  "in flight": ["aging", "ackbuf"],
  dead: ["dead"],
} as const satisfies Record<ItemState, (keyof QueueKeys)[]>;

/** Where a list goes on. */
export interface ListPosition {
  place: (typeof PLACES)[ItemState][number];
  /** How many of the uids are left that were in the place when the list came to it. */
  left: number;
  /** Where in the place the last uid was: its score, or how many were in front of it and how many behind, as "5/12". */
  at: string;
  /** The last uid; of a parked item what stands for it in `parked`. */
  last: string;
}

/** Which items to list. */
export interface ListCall {
  state: ItemState;
  /** Limit of items, 1,000 or less. */
  limit: number;
  after?: ListPosition | undefined;
  /** Text that uid or payload must contain. */
  search?: string | undefined;
}

/**
 * Lists items of a state, the oldest first: those in flight by the ends of their leases, delayed ones by the time at which they
 * are due, dead letters by that of their death. Of those that wait the parked ones come first, since a claim has met them.
 *
 * Items move while somebody pages through them, so some may be listed twice, or not. Each place is left at the latest after as
 * many uids as it had when the list came to it, so every list ends.
 *
 * In a list, the last uid is looked for around where it was, since claims take what is in front of it, and consumers give items
 * back. If it is not there, the list goes on as many from the front as before, which is right if nothing was taken, or as many
 * from the back, which is right if nothing was put; whatever is nearer to the front.
 *
 * ARGV    1 state, 2 limit of items, 3 bytes of payloads and headers to look at before it ends, 4 size in bytes from which a payload is left
 *         out, with its item; 5 text that uid or payload must contain, or ""; 6 place, 7 left, 8 at and 9 last of the
 *         {@linkcode ListPosition}, or "" each
 * Returns two MessagePack arrays: place, left, at and last for the next call, or nothing at the end; and the entries, see
 *         {@linkcode entries}
 */
const listScript = script("items", "queue", "popped")`
${entries}
${orderKeys}
local state, limit, maxBytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local tooLarge, search = tonumber(ARGV[4]), ARGV[5]
local place, left, at, last = ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9]

-- Each of these makes a function that reads the next uids of a place, with what ListPosition has as at and last.

local function byScore(key)
  local first = 0
  if last ~= '' then
    local score = redis.call('ZSCORE', key, last)
    if score and tonumber(score) == tonumber(at) then
      first = redis.call('ZRANK', key, last) + 1
    else
      first = redis.call('ZCOUNT', key, '-inf', '(' .. at)
    end
  end
  return function(count)
    local found = redis.call('ZRANGE', key, first, first + count - 1, 'WITHSCORES')
    local uids, scores = {}, {}
    for i = 1, #found, 2 do
      uids[#uids + 1] = found[i]
      scores[#scores + 1] = found[i + 1]
    end
    first = first + #uids
    return uids, scores, uids
  end
end

local function byMember(key)
  return function(count)
    local from = last == '' and '-' or '(' .. last
    local members = redis.call('ZRANGE', key, from, '+', 'BYLEX', 'LIMIT', 0, count)
    local uids, none = {}, {}
    for i, member in ipairs(members) do
      local _, _, uid = partsOf(member)
      uids[i] = uid
      none[i] = ''
    end
    last = members[#members]
    return uids, none, members
  end
end

local function indexAfter(key, size)
  local index, behind = string.match(at, '^(%d+)/(%d+)$')
  if not index then
    return 0
  end
  local nearest = math.max(index - ${NEARER}, 0)
  local window = redis.call('LRANGE', key, -index - ${FARTHER + 1}, -nearest - 1)
  local function isLast(i)
    return window[nearest + #window - i] == last
  end
  -- Where it was comes first: a uid may be there twice.
  for i = tonumber(index), nearest, -1 do
    if isLast(i) then
      return i + 1
    end
  end
  for i = index + 1, index + ${FARTHER} do
    if isLast(i) then
      return i + 1
    end
  end
  return math.max(math.min(index + 1, size - behind), 0)
end

local function byIndex(key, size)
  local first = indexAfter(key, size)
  return function(count)
    local found = redis.call('LRANGE', key, -first - count, -first - 1)
    local uids, places = {}, {}
    for i = #found, 1, -1 do
      uids[#uids + 1] = found[i]
      places[#uids] = text(first) .. '/' .. text(size - first - 1)
      first = first + 1
    end
    return uids, places, uids
  end
end

local places = {}
local function add(name, key, size, reader)
  places[#places + 1] = {name = name, key = key, size = size, reader = reader}
end
if state == 'waiting' then
  add('parked', PARKED, redis.call('ZCARD', PARKED), byMember)
  add('popped', POPPED, redis.call('LLEN', POPPED), byIndex)
  add('queue', QUEUE, redis.call('LLEN', QUEUE), byIndex)
elseif state == 'in flight' then
  add('aging', AGING, redis.call('ZCARD', AGING), byScore)
  add('ackbuf', ACKBUF, redis.call('LLEN', ACKBUF), byIndex)
elseif state == 'delayed' then
  add('delayed', DELAYED, redis.call('ZCARD', DELAYED), byScore)
else
  add('dead', DEAD, redis.call('ZCARD', DEAD), byScore)
end

local list, seen, bytes, looks = {}, {}, 0, 0

local function look(uid, found, time)
  if found ~= state or seen[uid] then
    return
  end
  seen[uid] = true
  local size = redis.call('HSTRLEN', ITEMS, uid)
  local payload = size < tooLarge and redis.call('HGET', ITEMS, uid)
  if not payload then
    return
  end
  bytes = bytes + size
  if search == '' or string.find(uid, search, 1, true) or string.find(payload, search, 1, true) then
    bytes = bytes + addEntry(list, uid, found, time, payload)
  end
end

local function isOver(rest, p)
  for i = p + 1, #places do
    rest = rest + places[i].size
  end
  return rest == 0
end

for p, here in ipairs(places) do
  if place == '' or place == here.name then
    place = ''
    local read = here.reader(here.key, here.size)
    left = left or here.size
    while left > 0 do
      local uids, ats, lasts = read(math.min(left, ${WINDOW}))
      if #uids == 0 then
        break
      end
      local states, times = statesOf(uids)
      for i, uid in ipairs(uids) do
        look(uid, states[i], times[i])
        left = left - 1
        looks = looks + 1
        if #list == limit * ${ENTRY_SIZE} or bytes >= maxBytes or looks == ${MOST_LOOKS} then
          local next = isOver(left, p) and {} or {here.name, text(left), ats[i], lasts[i]}
          return cmsgpack.pack(next, list)
        end
      end
    end
    left, at, last = nil, '', ''
  end
end
return cmsgpack.pack({}, list)
`;

/** Lists items, from where the list before has ended. Resolves to them, and to where to go on; `undefined` at the end. */
export async function list(
  connection: SupervisedConnection,
  keys: QueueKeys,
  { state, limit, after, search = "" }: ListCall,
): Promise<{ entries: StoredEntry[]; next: ListPosition | undefined }> {
  const argsOf = (maxBytes: number, tooLarge: number) => [
    ...[state, limit, maxBytes, tooLarge, search],
    ...[after?.place ?? "", after?.left ?? "", after?.at ?? "", after?.last ?? ""],
  ];
  const reply = await listScript.run(connection, keys, {
    args: argsOf(MAX_BYTES, Number.MAX_SAFE_INTEGER),
    // Redis may have closed the connection because the answer was too large: ask for less.
    argsAfter: (lost) => argsOf(MAX_BYTES / 4 ** lost, MAX_BYTES / 4 ** lost),
    action: state === "dead" ? "list the dead letters" : `list the items that are ${state}`,
  });
  const reader = new MessageReader(reply);
  const [place, left, at, last] = reader.texts();
  const entries = readEntries(reader);
  reader.end();
  if (place === undefined) return { entries, next: undefined };
  const next = { place: place as ListPosition["place"], left: Number(left), at: at!, last: last! };
  return { entries, next };
}
