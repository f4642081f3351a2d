import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { readStrings } from "./message_pack.ts";
import { Script } from "./script.ts";

/** What a queue holds, as Redis counts it. */
export interface Counts {
  waiting: number;
  delayed: number;
  inFlight: number;
  dead: number;
  paused: boolean;
  /** The uid of the next item; `undefined` where none waits. */
  next: string | undefined;
  /** Redis's time, in milliseconds since the epoch. */
  nowMs: number;
  /** Name -> running total. */
  totals: Map<string, number>;
}

/**
 * Counts what a queue holds.
 *
 * KEYS    1 queue, 2 ackbuf, 3 ackbuf_aging, 4 delayed, 5 dead, 6 paused, 7 stats
 * Returns MessagePack array: waiting, in flight, delayed, dead, "1" paused or "0", milliseconds since the epoch, uid of
 *         the next item or "", name of a total, its value, name, value, ...
 */
const script = new Script(`
local time = redis.call('TIME')
local inFlight = redis.call('LLEN', KEYS[2])
inFlight = inFlight + redis.call('ZCARD', KEYS[3])
local counts = {
  redis.call('LLEN', KEYS[1]),
  inFlight,
  redis.call('ZCARD', KEYS[4]),
  redis.call('ZCARD', KEYS[5]),
  redis.call('EXISTS', KEYS[6]),
  string.format('%.0f', time[1] * 1000 + time[2] / 1000),
  redis.call('LINDEX', KEYS[1], -1) or '',
}
for _, total in ipairs(redis.call('HGETALL', KEYS[7])) do
  counts[#counts + 1] = total
end
for i, count in ipairs(counts) do
  counts[i] = tostring(count)
end
return cmsgpack.pack(counts)
`);

const decoder = new TextDecoder();

/** Counts the items of each state, and reads the running totals. */
export async function stats(connection: SupervisedConnection, keys: QueueKeys): Promise<Counts> {
  const reply = await script.run(connection, {
    keys: [
      ...[keys.queue, keys.ackbuf, keys.aging, keys.delayed],
      ...[keys.dead, keys.paused, keys.stats],
    ],
    args: [],
    action: "count the items",
  });
  const [waiting, inFlight, delayed, dead, paused, nowMs, next, ...totals] = readStrings(reply).map(
    (bytes) => decoder.decode(bytes),
  );
  const named = new Map<string, number>();
  for (let i = 0; i < totals.length; i += 2) named.set(totals[i]!, Number(totals[i + 1]));
  return {
    waiting: Number(waiting),
    inFlight: Number(inFlight),
    delayed: Number(delayed),
    dead: Number(dead),
    paused: paused === "1",
    next: next === "" ? undefined : next,
    nowMs: Number(nowMs),
    totals: named,
  };
}
