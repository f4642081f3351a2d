import { LONGEST_TIMER_MS } from "../connection/time_limit.ts";
import { LeaseLostError, RedisUnavailableError } from "../errors.ts";
import type { HeldItem } from "./held_item.ts";
import type { ItemLease } from "../lua/parts/leases.ts";

/** What a {@linkcode LeaseKeeper} works with. */
export interface LeaseKeeperOptions {
  /** Seconds that a lease lasts. */
  lease: number;
  /** Extends a lease; resolves to what it is then, `undefined` if the item has none any more. */
  touch: (item: ItemLease) => Promise<number | undefined>;
  onError: (error: unknown) => void;
}

/** The items that this instance holds, whose leases it extends, all of them together, at a third of a lease. */
export class LeaseKeeper<T> {
  readonly #options: LeaseKeeperOptions;
  readonly #items = new Map<string, HeldItem<T>>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** The item of this uid that is in hand. */
  find(uid: string): HeldItem<T> | undefined {
    return this.#items.get(uid);
  }

  /** Has the item in hand until {@linkcode letGo}, and extends its lease until it is settled. */
  hold(item: HeldItem<T>): void {
    this.#items.set(item.uid, item);
    if (this.#timer !== undefined || !item.heartbeat) return;
    const pauseMs = Math.min(this.#options.lease * 1000 / 3, LONGEST_TIMER_MS);
    this.#timer = setInterval(() => this.#touchAll(), pauseMs);
    Deno.unrefTimer(this.#timer);
  }

  letGo(item: HeldItem<T>): void {
    if (this.#items.get(item.uid) === item) this.#items.delete(item.uid);
  }

  /** Extends the lease of an item now; resolves to whether it still had one. */
  touch(item: HeldItem<T>): Promise<boolean> {
    const touch = this.#touch(item);
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

  async #touch(item: HeldItem<T>): Promise<boolean> {
    const { claim } = item;
    const touchedAt = performance.now();
    let lease: number | undefined;
    try {
      lease = await this.#options.touch(item);
      item.inDoubt = false;
    } catch (error) {
      item.inDoubt = error instanceof RedisUnavailableError && error.mayHaveHappened;
      throw error;
    }
    // It has come again meanwhile, with another lease.
    if (item.claim !== claim) return true;
    if (lease !== undefined) {
      item.lease = lease;
      item.keptAt = touchedAt;
      return true;
    }
    // Acked or failed meanwhile, it has lost nothing.
    const isLost = item.outcome === undefined && !item.settling;
    if (isLost) item.abort("lost", new LeaseLostError(item.uid));
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
      this.touch(item).catch((error) => {
        // In an outage no lease runs out that could be kept: the next turn tells.
        if (!(error instanceof RedisUnavailableError)) this.#options.onError(error);
      });
    }
    if (kept > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
