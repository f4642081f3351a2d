import { extractTimestamp, validate as isUuid7 } from "@std/uuid/v7";
import type { Counts } from "./lua/stats.ts";

/** What a queue holds, and what was done so far. */
export interface QueueStats {
  /** Items that wait. */
  waiting: number;
  /** Items to be queued later. */
  delayed: number;
  /** Items that consumers hold. */
  inFlight: number;
  /** Dead letters. */
  dead: number;
  /** Items, of those that wait, whose turn has not come: another item with the same order key comes first. */
  parked: number;
  /** Order keys that a dead letter holds up, see the option `onDead`. */
  held: number;
  /** These keys, up to 100 of them. */
  heldKeys: string[];
  /** Instances that consume, see {@linkcode SafeRedisQueue.consumers}; not Python's. */
  consumers: number;
  /** Whether the queue is paused. */
  paused: boolean;
  /**
   * Seconds since the next item was put, or one of those that are parked if no other waits; `null` if none waits, or if a Python
   * program put it, which notes no time.
   */
  oldestAge: number | null;
  /** What was done since the queue began, or was cleared; by this library, as Python's keeps no such numbers. */
  totals: QueueTotals;
}

/** Running totals of a queue. */
export interface QueueTotals {
  /** Items put. */
  put: number;
  /** Items acked. */
  acked: number;
  /** Deliveries that failed. */
  failed: number;
  /** Deliveries whose lease ran out. */
  expired: number;
  /** Items that became dead letters. */
  dead: number;
}

/** Makes a script's counts readable. */
export function statsOf(counts: Counts): QueueStats {
  const { waiting, delayed, inFlight, dead, paused, nowMs, totals } = counts;
  const { parked, held, heldKeys, consumers } = counts;
  const putMs = putMsOf(counts);
  const total = (name: keyof QueueTotals) => totals.get(name) ?? 0;
  return {
    waiting,
    delayed,
    inFlight,
    dead,
    parked,
    held,
    heldKeys,
    consumers,
    paused,
    // A producer's clock may be ahead of Redis's.
    oldestAge: putMs === undefined ? null : Math.max(nowMs - putMs, 0) / 1000,
    totals: {
      put: total("put"),
      acked: total("acked"),
      failed: total("failed"),
      expired: total("expired"),
      dead: total("dead"),
    },
  };
}

/** When the next item was put, as far as anybody noted it. */
function putMsOf({ next, nextPutMs }: Counts): number | undefined {
  if (nextPutMs !== undefined) return nextPutMs;
  return next !== undefined && isUuid7(next) ? extractTimestamp(next) : undefined;
}
