import { Alarms } from "./alarms.ts";

/** The time that a caller gave is up; what it waited for may still come. */
export class GivenUp extends Error {}

const alarms = new Alarms();

/** When to stop waiting for a promise. */
export interface Limits<T> {
  /** Milliseconds; `Infinity` for no limit. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Gets what the promise resolves to when nobody waits for it any more. */
  onLate?: (value: T) => void;
}

/**
 * Settles as `promise` does, unless the time is up (rejects with {@linkcode GivenUp}) or `signal` aborts (rejects with
 * its reason) before.
 */
export function within<T>(promise: Promise<T>, limits: Limits<T>): Promise<T> {
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
        reject(new GivenUp("no answer in time"));
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
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await within(new Promise(() => {}), { timeoutMs: ms, signal }).catch(() => {});
}
