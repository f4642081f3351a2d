import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { clock } from "./parts/clock.ts";
import { doorbell } from "./parts/doorbell.ts";
import { type Script, script, type ScriptCall } from "./script.ts";
import { readStatuses } from "./statuses.ts";
import { totals } from "./parts/totals.ts";

/** An item on its way into Redis. */
export interface NewItem {
  uid: string;
  payload: string | Uint8Array;
  /** Whether the uid was made for this put: no item can live under it, unless the put is sent again. */
  isOwn?: boolean;
  /** When it is to be queued; at once by default. */
  due?: Due | undefined;
}

/** A time to come: microseconds from now by Redis's clock, or since the epoch. */
export type Due = { in: number } | { at: number };

/**
 * Stores items under uids of their own, and queues them, in order. Where the last of them, which stays longest, is there
 * already, the call was sent again, and the last is written once more as it is: WAIT, which may follow, waits for what
 * its own connection wrote.
 *
 * ARGV    uid, payload, uid, payload, ... at most 1,000 of each
 * Returns one character per uid: "1" stored and queued, "0" all were there already, nothing changed
 */
const putScript = script("items", "queue")`
${totals}

local uids = {}
for i = 1, #ARGV, 2 do
  uids[#uids + 1] = ARGV[i]
end
local last = redis.call('HGET', ITEMS, uids[#uids])
if last then
  redis.call('HSET', ITEMS, uids[#uids], last)
  return string.rep('0', #uids)
end
-- In this order: should the second be refused, a uid without payload is dropped, a payload without uid is not.
redis.call('LPUSH', QUEUE, unpack(uids))
-- Some may be there (sent again, and the last was done before them). Queued twice, such a one is dropped when its turn
-- comes again and it is in flight or done.
local new = redis.call('HSET', ITEMS, unpack(ARGV))
total('put', new)
return string.rep('1', #uids)
`;

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
const putWithTermsScript = script("items", "queue", "delayed", "named")`
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

/** How many replicas must have an item before its `put` counts. */
export interface Replicas {
  count: number;
  timeoutMs: number;
}

/** What a `put` did. */
export interface PutResult {
  /** Which items are new, in order. */
  isNew: boolean[];
  /** The number of replicas that confirmed; 0 where nobody asked. */
  replicas: number;
}

/** Stores `items`, at most 1,000, and queues each now or when it is due. */
export async function put(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  { replicas, mostLost }: { replicas?: Replicas | undefined; mostLost?: number } = {},
): Promise<PutResult> {
  const isPlain = items.every(({ isOwn, due }) => isOwn && due === undefined);
  const args: RedisArgument[] = [];
  let weight = 0;
  for (const { uid, payload, due, isOwn } of items) {
    args.push(uid, payload);
    if (!isPlain) args.push(...termsOf(due), isOwn ? "" : 1);
    weight += payload.length;
  }
  const action = items.length === 1 ? "put an item" : `put ${items.length} items`;
  return await store(isPlain ? putScript : putWithTermsScript, connection, keys, {
    call: { args, action, weight, mostLost },
    count: items.length,
    replicas,
  });
}

function termsOf(due: Due | undefined): [base: string, microseconds: number] {
  if (due === undefined) return ["", 0];
  return "in" in due ? ["in", Math.round(due.in)] : ["at", Math.round(due.at)];
}

async function store(
  script: Script,
  connection: SupervisedConnection,
  keys: QueueKeys,
  { call, count, replicas }: { call: ScriptCall; count: number; replicas: Replicas | undefined },
): Promise<PutResult> {
  if (replicas === undefined) {
    const reply = await script.run(connection, keys, call);
    return { isNew: readStatuses(reply, count), replicas: 0 };
  }
  const wait = {
    name: "WAIT",
    args: [replicas.count, replicas.timeoutMs],
    blockMs: replicas.timeoutMs,
  };
  const [reply, confirmed] = await script.runBefore(connection, keys, call, wait);
  return { isNew: readStatuses(reply, count), replicas: Number(confirmed) };
}
