/** How long {@linkcode waitFor} waits. */
export interface WaitLimits<T> {
  /** Milliseconds; `Infinity` for no limit. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Gets the promise's value if it comes when nobody waits for it any more. */
  onLate?: (value: T) => void;
}

/** The caller's time limit is over; what it waited for may still come. */
export class TimeLimitError extends Error {}

/**
 * Settles as `promise` does. Rejects earlier when the time is over, with a {@linkcode TimeLimitError}, or
 * when `signal` aborts, with its reason.
 */
export function waitFor<T>(promise: Promise<T>, limits: WaitLimits<T>): Promise<T> {
  const { timeoutMs = Infinity, signal, onLate } = limits;
  return new Promise((resolve, reject) => {
    let waiting = true;
    const stop = () => {
      waiting = false;
      alarms.delete(alarm);
      signal?.removeEventListener("abort", abort);
    };
    const abort = () => {
      stop();
      reject(signal?.reason);
    };
    const alarm = {
      at: performance.now() + timeoutMs,
      ring: () => {
        stop();
        reject(new TimeLimitError("no answer in time"));
      },
    };
    if (timeoutMs !== Infinity) alarms.add(alarm);
    promise.then((value) => {
      if (!waiting) return onLate?.(value);
      stop();
      resolve(value);
    }, (error) => {
      if (!waiting) return;
      stop();
      reject(error);
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort);
  });
}

/** Resolves after `ms` milliseconds, or when `signal` aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await waitFor(new Promise(() => {}), { timeoutMs: ms, signal }).catch(() => {});
}

/** The longest delay of a timer, about 24 days: a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Something to be done at a time. */
interface Alarm {
  /** As `performance.now()` counts. */
  at: number;
  ring: () => void;
}

/**
 * Alarms that share one timer. Most time limits are long and end early: a timer for each would cost more than the call
 * that it limits. No alarm rings early. While one is set, the process stays alive.
 */
export class Alarms {
  readonly #set = new Set<Alarm>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer fires. It may be the time of an alarm that was deleted since. */
  #next = Infinity;

  add(alarm: Alarm): void {
    this.#set.add(alarm);
    if (alarm.at < this.#next) this.#startTimer(alarm.at);
  }

  delete(alarm: Alarm): void {
    if (this.#set.delete(alarm) && this.#set.size === 0) this.#startTimer(Infinity);
  }

  #startTimer(at: number): void {
    clearTimeout(this.#timer);
    this.#next = at;
    if (at === Infinity) return;
    const delay = Math.min(Math.max(at - performance.now(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#ring(), delay);
  }

  #ring(): void {
    const now = performance.now();
    let next = Infinity;
    for (const alarm of this.#set) {
      if (alarm.at > now) {
        next = Math.min(next, alarm.at);
      } else {
        this.#set.delete(alarm);
        alarm.ring();
      }
    }
    this.#startTimer(next);
  }
}

const alarms = new Alarms();
