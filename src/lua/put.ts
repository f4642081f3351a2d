import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { ringingAt } from "./doorbell.ts";
import type { RedisArgument } from "../redis_connection.ts";
import { Script } from "./script.ts";
import { readStatuses } from "./statuses.ts";
import { countingIn } from "./totals.ts";

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
 * KEYS    1 items, 2 queue, 3 stats
 * ARGV    uid, payload, uid, payload, ... at most 1,000 of each
 * Returns one character per item: "1" stored and queued, "0" all were there already, nothing changed
 */
const script = new Script(`
${countingIn(3)}

local uids = {}
for i = 1, #ARGV, 2 do
  uids[#uids + 1] = ARGV[i]
end
local last = redis.call('HGET', KEYS[1], uids[#uids])
if last then
  redis.call('HSET', KEYS[1], uids[#uids], last)
  return string.rep('0', #uids)
end
-- In this order: should the second be refused, a uid without payload is dropped, a payload without uid is not.
redis.call('LPUSH', KEYS[2], unpack(uids))
-- Some may be there (sent again, and the last was done before them). Queued twice, such a one is dropped when its turn
-- comes again and it is in flight or done.
local new = redis.call('HSET', KEYS[1], unpack(ARGV))
total('put', new)
return string.rep('1', #uids)
`);

/**
 * Stores items whose uids may be known, and queues those that are new, in order. Where all of them are there
 * already, the first is written once more as it is, for WAIT.
 *
 * KEYS, ARGV, Returns as above
 */
const namedScript = new Script(`
${countingIn(3)}

local uids = {}
for i = 1, #ARGV, 2 do
  uids[#uids + 1] = ARGV[i]
end
local stored = redis.call('HMGET', KEYS[1], unpack(uids))
local status, new, fields, seen = {}, {}, {}, {}
for i, uid in ipairs(uids) do
  if stored[i] or seen[uid] then
    status[i] = '0'
  else
    seen[uid] = true
    status[i] = '1'
    new[#new + 1] = uid
    fields[#fields + 1] = uid
    fields[#fields + 1] = ARGV[2 * i]
  end
end
if #new == 0 then
  redis.call('HSET', KEYS[1], uids[1], stored[1])
else
  -- In the order of put.
  redis.call('LPUSH', KEYS[2], unpack(new))
  redis.call('HSET', KEYS[1], unpack(fields))
end
total('put', #new)
return table.concat(status)
`);

/**
 * Stores items that are to be queued later; one that is due by now is queued at once.
 *
 * KEYS    1 items, 2 queue, 3 stats, 4 delayed, 5 doorbell
 * ARGV    uid, payload, "in" or "at", microseconds from now or since the epoch; at most 1,000 of each
 * Returns one character per item: "1" stored, "0" there already, nothing changed
 */
const laterScript = new Script(`
${countingIn(3)}
${ringingAt(5)}

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local status, fields, seen, new, delayed = {}, {}, {}, 0, false
for i = 1, #ARGV, 4 do
  local uid, due = ARGV[i], tonumber(ARGV[i + 3])
  if ARGV[i + 2] == 'in' then
    due = now + due
  end
  if seen[uid] or redis.call('HEXISTS', KEYS[1], uid) == 1 then
    status[#status + 1] = '0'
  else
    seen[uid] = true
    new = new + 1
    status[#status + 1] = '1'
    fields[#fields + 1] = uid
    fields[#fields + 1] = ARGV[i + 1]
    if due <= now then
      redis.call('LPUSH', KEYS[2], uid)
    else
      redis.call('ZADD', KEYS[4], string.format('%.0f', due), uid)
      delayed = true
    end
  end
end
if delayed then
  ring(redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')[2])
end
if #fields == 0 then
  fields = {ARGV[1], redis.call('HGET', KEYS[1], ARGV[1])}
end
-- Last, as in put.
redis.call('HSET', KEYS[1], unpack(fields))
total('put', new)
return table.concat(status)
`);

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

/** Stores and queues `items`, at most 1,000. */
export async function put(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  replicas?: Replicas,
): Promise<PutResult> {
  const args: RedisArgument[] = [];
  for (const { uid, payload } of items) args.push(uid, payload);
  const call = { keys: [keys.items, keys.queue, keys.stats], args };
  const chosen = items.every(({ isOwn }) => isOwn) ? script : namedScript;
  return await store(connection, chosen, call, items, replicas);
}

/** Stores `items`, at most 1,000, each of which is to be queued when it is due. */
export async function putLater(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  replicas?: Replicas,
): Promise<PutResult> {
  const args: RedisArgument[] = [];
  for (const { uid, payload, due = { in: 0 } } of items) {
    const [base, time] = "in" in due ? ["in", due.in] as const : ["at", due.at] as const;
    args.push(uid, payload, base, Math.round(time));
  }
  const { items: stored, queue, stats, delayed, doorbell } = keys;
  const call = { keys: [stored, queue, stats, delayed, doorbell], args };
  return await store(connection, laterScript, call, items, replicas);
}

async function store(
  connection: SupervisedConnection,
  script: Script,
  { keys, args }: { keys: string[]; args: RedisArgument[] },
  items: NewItem[],
  replicas: Replicas | undefined,
): Promise<PutResult> {
  let weight = 0;
  for (const { payload } of items) weight += payload.length;
  const action = items.length === 1 ? "put an item" : `put ${items.length} items`;
  const call = { keys, args, action, weight };
  if (replicas === undefined) {
    const reply = await script.run(connection, call);
    return { isNew: readStatuses(reply, items.length), replicas: 0 };
  }
  const wait = {
    name: "WAIT",
    args: [replicas.count, replicas.timeoutMs],
    blockMs: replicas.timeoutMs,
  };
  const [reply, confirmed] = await script.runBefore(connection, call, wait);
  return { isNew: readStatuses(reply, items.length), replicas: Number(confirmed) };
}
