import type { ClaimedItem } from "./lua/claim.ts";

/** What became of an item in our hands: failed and queued again, dead, given back to the front, or its lease lost. */
export type Outcome = "acked" | "failed" | "dead" | "released" | "lost";

/** An item that this instance holds, from its claim until there is an outcome. */
export class HeldItem {
  readonly uid: string;
  readonly attempt: number;
  /** Its lease: when that began, in microseconds since the epoch. */
  lease: number;
  outcome: Outcome | undefined;
  /** Whether Redis is being told of its outcome. */
  settling = false;
  /** Set while its lease is being extended: resolves when `lease` is that of Redis again. */
  touching: Promise<void> | undefined;
  #abort: AbortController | undefined;
  #reason: unknown;

  constructor({ uid, attempt, lease }: ClaimedItem) {
    this.uid = uid;
    this.attempt = attempt;
    this.lease = lease;
  }

  /** Aborts when the work on it is in vain. Made on demand, since few handlers look at it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  /** Says that the work on it is in vain. */
  abort(outcome: Outcome, reason: Error): void {
    this.outcome = outcome;
    this.#reason = reason;
    this.#abort?.abort(reason);
  }
}
