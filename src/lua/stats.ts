import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { readStrings } from "./message_pack.ts";
import { clock } from "./parts/clock.ts";
import { orderKeys } from "./parts/order_keys.ts";
import { waiting } from "./parts/waiting.ts";
import { script } from "./script.ts";

/** How many uids of each list to look at for the next item: those without payload are passed over. */
const MOST_LOOKS = 1_000;

/** How many of the order keys that are held up are named. */
const MOST_NAMED = 100;

/** How many items a queue holds. */
export interface Counts {
  waiting: number;
  delayed: number;
  inFlight: number;
  dead: number;
  paused: boolean;
  /** uid of the next item, or of one of those that are parked if no other waits; `undefined` if none waits. */
  next: string | undefined;
  /** When it was put, by Redis's clock, in milliseconds since the epoch; `undefined` unless its producer chose its uid. */
  nextPutMs: number | undefined;
  /** Items, of those that wait, whose turn has not come. */
  parked: number;
  /** Order keys that a dead letter holds up. */
  held: number;
  /** Some of these keys. */
  heldKeys: string[];
  /** Time of Redis in milliseconds since the epoch. */
  nowMs: number;
  /** Instances that consume. */
  consumers: number;
  /** Running totals by name. */
  totals: Map<string, number>;
}

/**
 * Counts the items of a queue.
 *
 * Returns MessagePack array: waiting, in flight, delayed, dead, "1" if paused or "0", milliseconds since the epoch, uid of
 *         the next item or "", milliseconds since the epoch when that was put or "", parked, consumers, order keys held up,
 *         how many of them follow, these keys, then for each running total: name, value
 */
const statsScript = script(
  ...["items", "ackbuf", "aging", "delayed", "dead", "paused", "stats", "named"] as const,
  ...["parked", "held", "consumers"] as const,
)`
${clock}
${waiting}
local inFlight = redis.call('LLEN', ACKBUF)
inFlight = inFlight + redis.call('ZCARD', AGING)
local delayed = redis.call('ZCARD', DELAYED)
local dead = redis.call('ZCARD', DEAD)
-- Not the length of the list: it may hold uids of items that are done.
local waiting = redis.call('HLEN', ITEMS) - inFlight - delayed - dead

local next = ''
eachWaiting(${MOST_LOOKS}, function(uid)
  local isThere = redis.call('HEXISTS', ITEMS, uid) == 1
  next = isThere and uid or next
  return isThere
end)
if next == '' and redis.call('EXISTS', PARKED) == 1 then
  ${orderKeys}
  local _, _, uid = partsOf(redis.call('ZRANGE', PARKED, 0, 0)[1])
  next = uid
end
local putAt = tonumber(redis.call('HGET', NAMED, next) or '')

-- As for the totals, an error stops nobody.
local ran, consumers = pcall(redis.pcall, 'ZCOUNT', CONSUMERS, '(' .. text(now), '+inf')
local counts = {
  math.max(waiting, 0),
  inFlight,
  delayed,
  dead,
  redis.call('EXISTS', PAUSED),
  text(now / 1000),
  next,
  putAt and text(putAt / 1000) or '',
  redis.call('ZCARD', PARKED),
  ran and tonumber(consumers) or 0,
  redis.call('HLEN', HELD),
}
local held = redis.call('HRANDFIELD', HELD, ${MOST_NAMED}, 'WITHVALUES')
counts[#counts + 1] = #held / 2
for i = 2, #held, 2 do
  counts[#counts + 1] = held[i]
end
for _, total in ipairs(redis.call('HGETALL', STATS)) do
  counts[#counts + 1] = total
end
for i, count in ipairs(counts) do
  counts[i] = tostring(count)
end
return cmsgpack.pack(counts)
`;

const decoder = new TextDecoder();

/** Counts the items in each state, and reads the running totals. */
export async function stats(connection: SupervisedConnection, keys: QueueKeys): Promise<Counts> {
  const reply = await statsScript.run(connection, keys, {
    args: [],
    action: "count the items",
  });
  const texts = readStrings(reply).map((bytes) => decoder.decode(bytes));
  const [waiting, inFlight, delayed, dead, paused, nowMs, next, nextPutMs, ...others] = texts;
  const [parked, consumers, held, named, ...rest] = others;
  const heldKeys = rest.slice(0, Number(named));
  const totals = rest.slice(Number(named));
  const byName = new Map<string, number>();
  for (let i = 0; i < totals.length; i += 2) byName.set(totals[i]!, Number(totals[i + 1]));
  return {
    waiting: Number(waiting),
    inFlight: Number(inFlight),
    delayed: Number(delayed),
    dead: Number(dead),
    paused: paused === "1",
    parked: Number(parked),
    consumers: Number(consumers),
    held: Number(held),
    heldKeys: heldKeys.toSorted(),
    next: next === "" ? undefined : next,
    nextPutMs: nextPutMs === "" ? undefined : Number(nextPutMs),
    nowMs: Number(nowMs),
    totals: byName,
  };
}
