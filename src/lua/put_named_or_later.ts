import { clock } from "./parts/clock.ts";
import { doorbell } from "./parts/doorbell.ts";
import { NO_PLACE } from "./parts/order_keys.ts";
import { leavingOrder } from "./parts/turns.ts";
import { script } from "./script.ts";
import { totals } from "./parts/totals.ts";

/** A time in microseconds: from now by Redis's clock, or since the epoch. */
export type Due = { in: number } | { at: number };

/** Who chose the uid of an item, when it is to be queued, its order key, and its headers. */
export interface PutTerms {
  /** Whether the uid was made for this put, so no item has it yet unless the put is sent again. Else a producer chose it. */
  isOwn?: boolean;
  /** When to queue the item. Default: now. */
  due?: Due | undefined;
  /** Items with the same key are handled one at a time, in order. Default: none. */
  orderKey?: string | undefined;
  /** As JSON. Default: none. */
  headers?: string | undefined;
}

/**
 * A put with items that have a chosen uid, an order key or headers, or are for later. Stores those that are new, and queues
 * them in order, or delays them.
 *
 * A chosen uid may be put again when its item is done, and a late ack of the earlier item must not delete the new one. So the
 * script notes when a chosen uid was put (see `ack_delivered.ts`).
 *
 * If no item is new, the script writes the first one once more as it is, for WAIT, as in `put.ts`.
 *
 * ARGV    for each item, at most 1,000: uid; payload; "" for now, "in", or "at"; microseconds from now ("in") or since the
 *         epoch ("at"); "1" for a chosen uid, or ""; the order key, or ""; the headers, or ""
 * Returns one character per item: "1" stored, "0" it was there already; then `mute`, see doorbell.ts
 */
export const putNamedOrLaterScript = script(
  ...["items", "queue", "delayed", "named", "orderkeys", "headers"] as const,
)`
${clock}
${doorbell}
${totals}

local status, fields, names, orders, headers, bare, waiting, seen, delayed = {}, {}, {}, {}, {}, {}, {}, {}, false
for i = 1, #ARGV, 7 do
  local uid, base, due = ARGV[i], ARGV[i + 2], tonumber(ARGV[i + 3])
  if seen[uid] or redis.call('HEXISTS', ITEMS, uid) == 1 then
    status[#status + 1] = '0'
  else
    seen[uid] = true
    status[#status + 1] = '1'
    fields[#fields + 1] = uid
    fields[#fields + 1] = ARGV[i + 1]
    if ARGV[i + 4] == '1' then
      names[#names + 1] = uid
      names[#names + 1] = text(now)
    end
    if ARGV[i + 5] ~= '' then
      orders[#orders + 1] = uid
      orders[#orders + 1] = '${NO_PLACE}' .. ARGV[i + 5]
    end
    if ARGV[i + 6] ~= '' then
      headers[#headers + 1] = uid
      headers[#headers + 1] = ARGV[i + 6]
    elseif ARGV[i + 4] == '1' then
      bare[#bare + 1] = uid
    end
    if base == 'in' then
      due = now + due
    end
    if base == '' or due <= now then
      waiting[#waiting + 1] = uid
    else
      redis.call('ZADD', DELAYED, text(due), uid)
      delayed = true
    end
  end
end
-- First what needs memory: a full Redis refuses that only until the first write. If it is refused later, the claim drops the uids.
if #waiting > 0 then
  redis.call('LPUSH', QUEUE, unpack(waiting))
end
-- What may be left of an earlier item under the uid, which a Python consumer has acked. A key counts as often as it is named: so
-- one number tells which of them exist.
local left = #names > 0 and redis.call('EXISTS', ORDERKEYS, HEADERS, HEADERS) or 0
if left % 2 == 1 then
  ${leavingOrder}
  local chosen = {}
  for i = 1, #names, 2 do
    chosen[#chosen + 1] = names[i]
  end
  leaveOrder(chosen)
end
if left > 1 and #bare > 0 then
  redis.call('HDEL', HEADERS, unpack(bare))
end
if #headers > 0 then
  redis.call('HSET', HEADERS, unpack(headers))
end
if #orders > 0 then
  redis.call('HSET', ORDERKEYS, unpack(orders))
end
if #names > 0 then
  redis.call('HSET', NAMED, unpack(names))
end
local new = #fields / 2
if new == 0 then
  fields = {ARGV[1], redis.call('HGET', ITEMS, ARGV[1])}
end
-- Payloads last, as in put.ts.
redis.call('HSET', ITEMS, unpack(fields))
if delayed then
  ringForNext()
end
total('put', new)
return table.concat(status) .. mute
`;

/** The arguments of an item after its uid and payload. */
export function termsOf(
  { due, isOwn, orderKey = "", headers = "" }: PutTerms,
): [base: string, microseconds: number, chosen: string, orderKey: string, headers: string] {
  const chosen = isOwn ? "" : "1";
  if (due === undefined) return ["", 0, chosen, orderKey, headers];
  const [base, microseconds] = "in" in due ? ["in", due.in] : ["at", due.at];
  return [base, Math.round(microseconds), chosen, orderKey, headers];
}
