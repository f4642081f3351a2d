import type { ItemHeaders } from "./headers.ts";

/** How an item is failed. */
export interface FailOptions {
  /** Seconds until it is queued again, at most 100 years. Default: at once; in a handler, what the option `backoff` says. */
  delay?: number | undefined;
  /** The reason, shown with a dead letter: an error, or its text. At most 1,000 characters are kept. */
  error?: unknown;
}

/**
 * An item in the hands of a handler, or of a `for await` loop. Its lease is extended by itself until it is acked or
 * failed. The first of `ack`, `fail` and `release` counts, whether it is awaited or not: a further one, and how the handler
 * ends, change nothing.
 *
 * @typeParam T The type of its payload.
 */
export interface QueueItem<T> {
  /** Names the item, for ever and in all deliveries. */
  readonly uid: string;
  /** What was put. */
  readonly payload: T;
  /** Which delivery this is: 1 for the first. */
  readonly attempt: number;
  /** The order key that it was put with; `undefined` for none. */
  readonly orderKey: string | undefined;
  /** What was put beside the payload; `{}` for nothing. */
  readonly headers: ItemHeaders;
  /**
   * When the item was put, by its producer's clock. Its uid tells that: `null` if its producer chose the uid (the option
   * `uid` of `put`), or is a Python program.
   */
  readonly enqueuedAt: Date | null;
  /**
   * Aborts when the work is in vain: with a {@linkcode LeaseLostError} when the lease was lost, as of a process that was
   * frozen, with an {@linkcode ItemDeletedError} when the item was deleted, and when the consumer is stopped and
   * `shutdownTimeout` is over.
   */
  readonly signal: AbortSignal;
  /**
   * Extends the lease now, as happens by itself after each third of it.
   *
   * @returns Whether the item still had its lease.
   */
  touch(): Promise<boolean>;
  /**
   * Says that the item is done: it is deleted, also if its lease has ended and it waits again. A handler that returns does
   * this by itself.
   *
   * @returns Whether it is done. `false` if another consumer has it in hand by now, if it was put again under its uid, or
   * if `signal` has told that it was deleted: then nothing changed.
   */
  ack(): Promise<boolean>;
  /**
   * Says that the item could not be done. A handler that throws does this by itself.
   *
   * @param options When it is queued again, and why it failed.
   * @returns Whether it has failed. `false` if it had no lease any more, or was acked or given back before: then nothing
   * changed.
   */
  fail(options?: FailOptions): Promise<boolean>;
  /**
   * Gives the item back to the front of the queue, as if it had not been taken: for work that was broken off through no
   * fault of the item. A handler may then return or throw, it makes no difference.
   *
   * @returns Whether the item was in flight; if not (its lease ran out, or it was acked or failed), nothing changed.
   */
  release(): Promise<boolean>;
}
