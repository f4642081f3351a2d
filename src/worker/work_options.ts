import { LONGEST_TIMER_MS } from "../connection/time_limit.ts";
import type { Backoff } from "./backoff.ts";
import { DELAY_EXPECTED, isDelay } from "../delay.ts";
import type { DeliveryOptions } from "./deliveries.ts";

/** How `consume` works. */
export interface ConsumeOptions {
  /** How many handlers run at once. No more items are claimed than can be begun. Default: 1. */
  concurrency?: number | undefined;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
  /**
   * Seconds that items under way have when the work is to end; then they are given back. Default: 3, since Deno Deploy
   * kills a process 5 seconds after it told it to stop.
   */
  shutdownTimeout?: number | undefined;
  /**
   * How long an item waits for its next attempt after its handler threw: seconds, or a function of the attempt that failed,
   * such as {@linkcode exponentialBackoff} makes. One that throws, or returns no delay, is told to `onError`, and the delay is
   * then that of `exponentialBackoff()`. Default: 0, it is queued again at once.
   */
  backoff?: Backoff | undefined;
  /** Whether leases are extended while handlers run, at a third of `lease`. Default: true. */
  heartbeat?: boolean | undefined;
  /** Maximum number of items to begin; then it ends. Default: no limit. */
  maxItems?: number | undefined;
}

/** How `drain` works, and what ends it. */
export interface DrainOptions extends ConsumeOptions {
  /** When to begin no more items: seconds from now, or a `Date` by this machine's clock. Default: never. */
  deadline?: number | Date | undefined;
}

/** What `drain` did. */
export interface DrainResult {
  /** Items that are done. */
  acked: number;
  /** Deliveries that failed, of items that are tried again. */
  failed: number;
  /** Items that failed for the last time, or can not be read. */
  dead: number;
  /** Items given back, since the time for them was over. */
  released: number;
  /** Items whose lease was lost while their handler ran. */
  lost: number;
  /** Why it ended; `"paused"`: the queue is paused, so that nobody gets what waits. */
  ended: "empty" | "paused" | "maxItems" | "deadline" | "aborted";
}

interface ResolvedConsumeOptions {
  concurrency: number;
  signal: AbortSignal | undefined;
  shutdownTimeoutMs: number;
  maxItems: number;
  delivery: DeliveryOptions;
}

/** Checks the options and fills in the defaults; throws a `TypeError` that names the option and the value. */
export function resolveConsumeOptions(options: ConsumeOptions): ResolvedConsumeOptions {
  const { concurrency = 1, signal, shutdownTimeout = 3, backoff = 0, heartbeat = true } = options;
  const { maxItems = Infinity } = options;
  checkCount("concurrency", concurrency);
  if (maxItems !== Infinity) checkCount("maxItems", maxItems);
  if (!(typeof shutdownTimeout === "number" && shutdownTimeout >= 0)) {
    throw wrong("shutdownTimeout", shutdownTimeout, "seconds, 0 or more");
  }
  if (typeof backoff !== "function" && !isDelay(backoff)) {
    throw wrong("backoff", backoff, `${DELAY_EXPECTED}, or a function of the attempt`);
  }
  if (typeof heartbeat !== "boolean") throw wrong("heartbeat", heartbeat, "a boolean");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrong("signal", signal, "an AbortSignal");
  }
  return {
    concurrency,
    signal,
    shutdownTimeoutMs: shutdownTimeout * 1000,
    maxItems,
    delivery: { heartbeat, backoff },
  };
}

/** The same for `drain`; `deadline` becomes a signal. */
export function resolveDrainOptions(
  { deadline, ...options }: DrainOptions,
): ResolvedConsumeOptions & { deadline: AbortSignal | undefined } {
  return { ...resolveConsumeOptions(options), deadline: deadlineSignal(deadline) };
}

function deadlineSignal(deadline: number | Date | undefined): AbortSignal | undefined {
  if (deadline === undefined) return undefined;
  const seconds = deadline instanceof Date ? (deadline.getTime() - Date.now()) / 1000 : deadline;
  if (typeof seconds !== "number" || Number.isNaN(seconds)) {
    throw wrong("deadline", deadline, "seconds from now, or a Date");
  }
  return AbortSignal.timeout(Math.min(Math.max(seconds * 1000, 0), LONGEST_TIMER_MS));
}

function checkCount(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw wrong(name, value, "a whole number above 0");
}

function wrong(name: string, value: unknown, expected: string): TypeError {
  return new TypeError(`The option ${name} is ${Deno.inspect(value)}: expected ${expected}`);
}
