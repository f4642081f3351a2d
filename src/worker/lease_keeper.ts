import { ItemDeletedError, LeaseLostError, RedisUnavailableError } from "../errors.ts";
import type { HeldItem } from "./held_item.ts";
import type { Touch, Touched } from "../lua/touch.ts";

/** What a {@linkcode LeaseKeeper} works with. */
export interface LeaseKeeperOptions {
  /** Seconds that a lease lasts. */
  lease: number;
  /** Extends a lease; resolves to what it is then. */
  touch: (item: Touch) => Promise<Touched>;
  onError: (error: unknown) => void;
}

/** The longest time between two looks at the items in hand: one that is deleted is to be noticed within 5 s. */
const LONGEST_PAUSE = 4.5;

/**
 * The items that this instance holds. It looks at all of them together, and extends their leases at a third of a lease. If that is
 * long, it looks more often, to see which items were deleted, and leaves younger leases as they are.
 */
export class LeaseKeeper<T> {
  readonly #options: LeaseKeeperOptions;
  readonly #items = new Map<string, HeldItem<T>>();
  /** Seconds between two looks. */
  readonly #pause: number;
  /** Seconds within which a lease is young. */
  readonly #slack: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    const third = options.lease / 3;
    this.#pause = Math.min(third, LONGEST_PAUSE);
    // Half a pause less, so that no look just before the third makes it late by a whole one.
    this.#slack = third > this.#pause ? third - this.#pause / 2 : 0;
  }

  /** The item of this uid that is in hand. */
  find(uid: string): HeldItem<T> | undefined {
    return this.#items.get(uid);
  }

  /** Has the item in hand until {@linkcode letGo}, and extends its lease until it is settled. */
  hold(item: HeldItem<T>): void {
    this.#items.set(item.uid, item);
    if (this.#timer !== undefined || !item.heartbeat) return;
    this.#timer = setInterval(() => this.#touchAll(), this.#pause * 1000);
    Deno.unrefTimer(this.#timer);
  }

  letGo(item: HeldItem<T>): void {
    if (this.#items.get(item.uid) === item) this.#items.delete(item.uid);
  }

  /** Extends the lease of an item now, unless it began within `slack` seconds; resolves to whether it still had one. */
  touch(item: HeldItem<T>, slack = 0): Promise<boolean> {
    const touch = this.#touch(item, slack);
    const touching = touch.then(() => {}, () => {}).finally(() => {
      if (item.touching === touching) item.touching = undefined;
    });
    item.touching = touching;
    return touch;
  }

  /** Resolves when `lease` is what Redis knows the item by. */
  async learnLease(item: HeldItem<T>): Promise<void> {
    await item.touching;
    if (item.inDoubt) await this.touch(item);
  }

  async #touch(item: HeldItem<T>, slack: number): Promise<boolean> {
    const { uid, lease, claim } = item;
    const touchedAt = performance.now();
    let touched: Touched;
    try {
      touched = await this.#options.touch({ uid, lease, slack });
      item.inDoubt = false;
    } catch (error) {
      item.inDoubt = error instanceof RedisUnavailableError && error.mayHaveHappened;
      throw error;
    }
    // It has come again meanwhile, with another lease.
    if (item.claim !== claim) return true;
    if (typeof touched === "number") {
      item.lease = touched;
      item.keptAt = touchedAt;
      return true;
    }
    // Acked or failed meanwhile, it has lost nothing.
    if (item.outcome !== undefined || item.settling) return false;
    if (touched === "lost") item.abort("lost", new LeaseLostError(uid));
    else item.abort("cancelled", new ItemDeletedError(uid));
    return false;
  }

  /** Stops extending leases. */
  close(): void {
    this.#items.clear();
    clearInterval(this.#timer);
  }

  #touchAll(): void {
    let kept = 0;
    for (const item of this.#items.values()) {
      if (!item.heartbeat || item.settling || item.outcome !== undefined) continue;
      kept++;
      this.touch(item, this.#slack).catch((error) => {
        // In an outage no lease runs out that could be kept: the next turn tells.
        if (!(error instanceof RedisUnavailableError)) this.#options.onError(error);
      });
    }
    if (kept > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
