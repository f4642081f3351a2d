import { LONGEST_TIMER_MS } from "../connection/time_limit.ts";
import type { Backoff } from "./backoff.ts";
import { DELAY_EXPECTED, isDelay } from "../delay.ts";
import type { DeliveryOptions } from "./deliveries.ts";
import { MAX_ITEMS } from "../lua/limits.ts";
import { checkOptions, checkSignal } from "../given_options.ts";

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
  /**
   * Whether leases are extended while handlers run, at a third of `lease`, and handlers learn within 5 seconds that their item
   * was deleted. Default: true.
   */
  heartbeat?: boolean | undefined;
  /** Maximum number of items to begin; then it ends. Default: no limit. */
  maxItems?: number | undefined;
  /**
   * How many items are taken ahead, from 0 to 1,000, so that a handler that is free does not wait for Redis: for short work. They
   * are in flight, their leases are extended, and their order stays. Fewer are taken ahead if the handlers are slow (no more than
   * they finished in the last second) or the items large (4 MiB). An item that has failed before is not taken ahead. If the process
   * dies, each item that it had in hand counts an attempt, also those taken ahead. Default: 0.
   */
  prefetch?: number | undefined;
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
  /** Items that were deleted while their handler ran, and whose `signal` has aborted for it. */
  cancelled: number;
  /** Why it ended; `"paused"`: the queue is paused, so that nobody gets what waits. */
  ended: "empty" | "paused" | "maxItems" | "deadline" | "aborted";
}

interface ResolvedConsumeOptions {
  concurrency: number;
  signal: AbortSignal | undefined;
  shutdownTimeoutMs: number;
  maxItems: number;
  prefetch: number;
  delivery: DeliveryOptions;
}

const CONSUME_OPTIONS = {
  concurrency: true,
  signal: true,
  shutdownTimeout: true,
  backoff: true,
  heartbeat: true,
  maxItems: true,
  prefetch: true,
} satisfies Record<keyof ConsumeOptions, true>;

const DRAIN_OPTIONS = { ...CONSUME_OPTIONS, deadline: true } satisfies Record<
  keyof DrainOptions,
  true
>;

/** Checks the options and fills in the defaults; throws a `TypeError` that names the option and the value. */
export function resolveConsumeOptions(options: ConsumeOptions): ResolvedConsumeOptions {
  checkOptions(options, CONSUME_OPTIONS);
  return resolve(options);
}

/** The same for `drain`; `deadline` becomes a signal. */
export function resolveDrainOptions(
  options: DrainOptions,
): ResolvedConsumeOptions & { deadline: AbortSignal | undefined } {
  checkOptions(options, DRAIN_OPTIONS);
  return { ...resolve(options), deadline: deadlineSignal(options.deadline) };
}

function resolve(options: ConsumeOptions): ResolvedConsumeOptions {
  const { concurrency = 1, signal, shutdownTimeout = 3, backoff = 0, heartbeat = true } = options;
  const { maxItems = Infinity, prefetch = 0 } = options;
  checkCount("concurrency", concurrency);
  if (maxItems !== Infinity) checkCount("maxItems", maxItems);
  if (!Number.isInteger(prefetch) || prefetch < 0 || prefetch > MAX_ITEMS) {
    throw wrong("prefetch", prefetch, `a whole number from 0 to ${MAX_ITEMS}`);
  }
  if (prefetch > 0 && heartbeat === false) {
    throw wrong(
      "prefetch",
      prefetch,
      "0 without heartbeat: the leases of items that wait would end",
    );
  }
  if (!(typeof shutdownTimeout === "number" && shutdownTimeout >= 0)) {
    throw wrong("shutdownTimeout", shutdownTimeout, "seconds, 0 or more");
  }
  if (typeof backoff !== "function" && !isDelay(backoff)) {
    throw wrong("backoff", backoff, `${DELAY_EXPECTED}, or a function of the attempt`);
  }
  if (typeof heartbeat !== "boolean") throw wrong("heartbeat", heartbeat, "a boolean");
  checkSignal(signal);
  return {
    concurrency,
    signal,
    shutdownTimeoutMs: shutdownTimeout * 1000,
    maxItems,
    prefetch,
    delivery: { heartbeat, backoff },
  };
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
