import { DELAY_EXPECTED, isDelay } from "../delay.ts";
import { disown } from "../disown.ts";
import { errorText } from "../error_text.ts";
import { checkOptions } from "../given_options.ts";

/** Seconds until a failed item is queued again: always the same number, or as its attempt (1 for the first) tells. */
export type Backoff = number | ((attempt: number) => number);

/** How {@linkcode exponentialBackoff} grows. */
export interface ExponentialBackoffOptions {
  /** Seconds after the first attempt; they double with each that follows. Default: 1. */
  base?: number | undefined;
  /** Maximum in seconds. Default: 3600. */
  max?: number | undefined;
  /**
   * The part of the delay that is random, from 0 (none) to 1 (all), so that what failed together is not tried again
   * together. Default: 0.5.
   */
  jitter?: number | undefined;
}

const OPTIONS = { base: true, max: true, jitter: true } satisfies Record<
  keyof ExponentialBackoffOptions,
  true
>;

/**
 * A delay that doubles with each attempt.
 *
 * @throws {TypeError} If an option is no number of its range.
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
  checkOptions(options, OPTIONS);
  const { base = 1, max = 3600, jitter = 0.5 } = options;
  for (const [name, value] of Object.entries({ base, max })) {
    if (!isDelay(value)) {
      throw new TypeError(`The option ${name} is ${named(value)}: expected ${DELAY_EXPECTED}`);
    }
  }
  if (!(typeof jitter === "number" && jitter >= 0 && jitter <= 1)) {
    throw new TypeError(`The option jitter is ${named(jitter)}: expected a number from 0 to 1`);
  }
  return (attempt) => {
    // More doublings make no number, and 0 times that none at all.
    const doublings = Math.min(Math.max(attempt - 1, 0), 1_000) || 0;
    const delay = Math.min(base * 2 ** doublings, max);
    return delay * (1 - Math.random() * jitter);
  };
}

const INSTEAD = exponentialBackoff();

/**
 * The delay in seconds after the failed `attempt`. Never throws: what is wrong with `backoff` is told to `onProblem`, and
 * the delay is that of {@linkcode exponentialBackoff}, so that no item comes again and again without a pause.
 */
export function delayAfter(
  backoff: Backoff,
  attempt: number,
  onProblem: (problem: TypeError) => void,
): number {
  let problem: TypeError;
  try {
    const delay: unknown = typeof backoff === "number" ? backoff : backoff(attempt);
    if (isDelay(delay)) return delay;
    const returned = disown(delay) ? "a promise" : named(delay);
    problem = new TypeError(
      `The option backoff returned ${returned} for the attempt ${attempt}: expected ${DELAY_EXPECTED}`,
    );
  } catch (cause) {
    problem = new TypeError(
      `The option backoff threw for the attempt ${attempt}: ${errorText(cause)}`,
      { cause },
    );
  }
  onProblem(problem);
  return INSTEAD(attempt);
}

/** An object may throw when it is shown, and be large. */
function named(value: unknown): string {
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : Deno.inspect(value);
}
