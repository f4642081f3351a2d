import { clock } from "./parts/clock.ts";
import { doorbell } from "./parts/doorbell.ts";
import { script } from "./script.ts";
import { totals } from "./parts/totals.ts";

/** A time in microseconds: from now by Redis's clock, or since the epoch. */
export type Due = { in: number } | { at: number };

/** Who chose the uid of an item, and when it is to be queued. */
export interface PutTerms {
  /** Whether the uid was made for this put, so no item has it yet unless the put is sent again. Else a producer chose it. */
  isOwn?: boolean;
  /** When to queue the item. Default: now. */
  due?: Due | undefined;
}

/**
 * A put with items that have a chosen uid or are for later. Stores those that are new, and queues them in order, or delays
 * them.
 *
 * A chosen uid may be put again when its item is done, and a late ack of the earlier item must not delete the new one. So the
 * script notes when a chosen uid was put (see `ack_delivered.ts`).
 *
 * If no item is new, the script writes the first one once more as it is, for WAIT, as in `put.ts`.
 *
 * ARGV    for each item, at most 1,000: uid; payload; "" for now, "in", or "at"; microseconds from now ("in") or since the
 *         epoch ("at"); "1" for a chosen uid, or ""
 * Returns one character per item: "1" stored, "0" it was there already; then `mute`, see doorbell.ts
 */
export const putNamedOrLaterScript = script("items", "queue", "delayed", "named")`
${clock}
${doorbell}
${totals}

local status, fields, names, waiting, seen, delayed = {}, {}, {}, {}, {}, false
for i = 1, #ARGV, 5 do
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
if #waiting > 0 then
  redis.call('LPUSH', QUEUE, unpack(waiting))
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
  { due, isOwn }: PutTerms,
): [base: string, microseconds: number, chosen: string] {
  const chosen = isOwn ? "" : "1";
  if (due === undefined) return ["", 0, chosen];
  const [base, microseconds] = "in" in due ? ["in", due.in] : ["at", due.at];
  return [base, Math.round(microseconds), chosen];
}
