/** Seconds until a failed item is queued again: always the same number, or as its attempt (1 for the first) tells. */
export type Backoff = number | ((attempt: number) => number);

/** How {@linkcode exponentialBackoff} grows. */
export interface ExponentialBackoffOptions {
  /** Seconds after the first attempt; they double with each that follows. Default: 1. */
  base?: number | undefined;
  /** Most seconds. Default: 3600. */
  max?: number | undefined;
  /**
   * The part of the delay that is random, from 0 (none) to 1 (all), so that what failed together is not tried again
   * together. Default: 0.5.
   */
  jitter?: number | undefined;
}

/**
 * A delay that doubles with each attempt.
 *
 * @throws {TypeError} Where an option is no number of its range.
 *
 * @example
 * ```ts
 * import { exponentialBackoff, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ name: "mails", maxAttempts: 5 });
 * await queue.drain((item) => console.log(item.payload), {
 *   backoff: exponentialBackoff({ base: 2, max: 600 }), // 2, 4, 8, 16 s, each up to half of it less
 * });
 * ```
 */
export function exponentialBackoff(
  options: ExponentialBackoffOptions = {},
): (attempt: number) => number {
  const { base = 1, max = 3600, jitter = 0.5 } = options;
  for (const [name, value] of Object.entries({ base, max })) {
    if (!Number.isFinite(value) || value < 0) {
      throw new TypeError(`The option ${name} is ${value}: expected seconds, 0 or more`);
    }
  }
  if (!(jitter >= 0 && jitter <= 1)) {
    throw new TypeError(`The option jitter is ${jitter}: expected a number from 0 to 1`);
  }
  return (attempt) => {
    const delay = Math.min(base * 2 ** (attempt - 1), max);
    return delay * (1 - Math.random() * jitter);
  };
}

/** The delay in seconds after the failed `attempt`. */
export function delayAfter(backoff: Backoff, attempt: number): number {
  const delay = typeof backoff === "number" ? backoff : backoff(attempt);
  if (Number.isFinite(delay) && delay >= 0) return delay;
  throw new TypeError(`The option backoff returned ${delay}: expected seconds, 0 or more`);
}
