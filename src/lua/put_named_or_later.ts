import { clock } from "./parts/clock.ts";
import { doorbell } from "./parts/doorbell.ts";
import { script } from "./script.ts";
import { totals } from "./parts/totals.ts";

/** A time to come: microseconds from now by Redis's clock, or since the epoch. */
export type Due = { in: number } | { at: number };

/** Under what name an item is put, and when it is to be queued. */
export interface PutTerms {
  /** Whether the uid was made for this put: no item can live under it, unless the put is sent again. */
  isOwn?: boolean;
  /** When it is to be queued; at once by default. */
  due?: Due | undefined;
}

/**
 * Stores items of which some have uids that their producers chose, each now or later, and queues those that are new, in
 * order; one that is due by now is queued at once. When a chosen uid was put is kept: it may be put again when it is done,
 * and an ack of its earlier life must not count. Where all are there already, the first is written once more as it is, for
 * WAIT.
 *
 * ARGV    uid, payload, "" now or "in" or "at", microseconds from now or since the epoch, "1" for a chosen uid or "";
 *         at most 1,000 of each
 * Returns one character per item: "1" stored, "0" there already, nothing changed
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
-- After that, as in put.
redis.call('HSET', ITEMS, unpack(fields))
if delayed then
  ring(redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2])
end
total('put', new)
return table.concat(status)
`;

/** The arguments of an item, behind its uid and payload. */
export function termsOf(
  { due, isOwn }: PutTerms,
): [base: string, microseconds: number, chosen: string] {
  const chosen = isOwn ? "" : "1";
  if (due === undefined) return ["", 0, chosen];
  const [base, microseconds] = "in" in due ? ["in", due.in] : ["at", due.at];
  return [base, Math.round(microseconds), chosen];
}
