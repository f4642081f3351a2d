import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { actionOn } from "./action_text.ts";
import type { ScriptKeys } from "./keys.ts";
import { doorbellOf, withoutMute } from "./parts/doorbell.ts";
import { forgetting } from "./parts/forget.ts";
import { orderKeys } from "./parts/order_keys.ts";
import { type ItemState, states } from "./parts/states.ts";
import { storing } from "./parts/storing.ts";
import { script } from "./script.ts";

/** Which items to move. */
export interface MoveCall {
  /** At most 500. */
  uids: string[];
  /** Those in other states by now stay. */
  states: readonly ItemState[];
  /** Whether all items of these states are moved, so that those with an order key keep their order. */
  isWhole: boolean;
  /** Limit of items to move. */
  limit: number;
}

/** What became of items. */
export interface Moved {
  moved: number;
  /** Stayed, since the other queue has an item with their uid. */
  taken: number;
  /** Stayed, since an item with their order key has the turn and stays. */
  overtaken: number;
}

/**
 * Moves items to another queue, with their uids and all that is known of them. A uid may still wait in the queue that it has left:
 * the claim drops it, since it has no payload.
 *
 * An item that has the turn of its order key takes it along. If the queue is moved as a whole, that item is moved before the others
 * of the key; if it stays, because it is in flight, they stay, too.
 *
 * ARGV    1 states, joined by commas; 2 "1" if all items of these states are moved, or ""; 3 limit of items; 4... uids, at most 500
 * Returns "MOVED TAKEN OVERTAKEN ", see {@linkcode Moved}; then `mute`, see doorbell.ts
 */
const moveScript = script("items", "heads", "headers", "to_items")`
${states}
${orderKeys}
${forgetting}
${storing("to_")}
${doorbellOf("to_")}
local wanted, isWhole, limit = ',' .. ARGV[1] .. ',', ARGV[2] ~= '', tonumber(ARGV[3])

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
redis.call('ZREM', DELAYED, '')
local hasHeaders = redis.call('EXISTS', HEADERS) == 1
local moved, taken, overtaken, isAnyDelayed = 0, 0, 0, false

-- Returns whether it was moved, and whether the other queue has its uid.
local function move(uid, key, head)
  local payload = redis.call('HGET', ITEMS, uid)
  local found, times = statesOf({uid})
  if not payload or not string.find(wanted, ',' .. found[1] .. ',', 1, true) then
    return false
  end
  if redis.call('HEXISTS', TO_ITEMS, uid) == 1 then
    return false, true
  end
  store({
    uid = uid,
    payload = payload,
    state = found[1],
    time = times[1],
    attempts = redis.call('HGET', ATTEMPTS, uid) or '0',
    err = redis.call('HGET', ERRORS, uid) or '',
    named = redis.call('HGET', NAMED, uid) or '',
    key = key,
    headers = hasHeaders and redis.call('HGET', HEADERS, uid) or '',
    turn = head == uid,
  })
  forget({uid})
  redis.call('HDEL', ITEMS, uid)
  moved = moved + 1
  isAnyDelayed = isAnyDelayed or found[1] == 'delayed'
  return true
end

for i = 4, #ARGV do
  if moved >= limit then
    break
  end
  local uid = ARGV[i]
  local value = redis.call('HGET', ORDERKEYS, uid)
  local key = value and orderKeyIn(value) or ''
  local head = value and redis.call('HGET', HEADS, key)
  local isFree = true
  if isWhole and head and head ~= uid then
    -- Whoever has the turn comes first. When it has left, the next one has it.
    isFree = move(head, key, head) or redis.call('HEXISTS', ITEMS, head) == 0
    head = redis.call('HGET', HEADS, key)
    isFree = isFree and (not head or head == uid)
  end
  if not isFree then
    overtaken = overtaken + redis.call('HEXISTS', ITEMS, uid)
  elseif moved < limit then
    local _, isTaken = move(uid, key, head)
    taken = taken + (isTaken and 1 or 0)
  end
end
if isAnyDelayed then
  ringForNext()
end
return moved .. ' ' .. taken .. ' ' .. overtaken .. ' ' .. mute
`;

const decoder = new TextDecoder();

/** Moves items, at most 500, from one queue to another. */
export async function move(
  connection: SupervisedConnection,
  keys: ScriptKeys,
  { uids, states, isWhole, limit }: MoveCall,
): Promise<Moved> {
  const reply = await moveScript.run(connection, keys, {
    args: [states.join(), isWhole ? "1" : "", limit, ...uids],
    action: actionOn("move", uids.length),
  });
  const counts = decoder.decode(withoutMute(reply, connection)).split(" ").map(Number);
  const [moved, taken, overtaken] = counts as [number, number, number];
  return { moved, taken, overtaken };
}
