import { LeaseLostError, RedisUnavailableError } from "./errors.ts";
import type { HeldItem } from "./held_item.ts";
import type { Held } from "./lua/in_flight.ts";

/** What a {@linkcode LeaseKeeper} works with. */
export interface LeaseKeeperOptions {
  /** Seconds that a lease lasts. */
  lease: number;
  /** Begins a lease anew; resolves to the new one, `undefined` where the item has none any more. */
  touch: (item: Held) => Promise<number | undefined>;
  onError: (error: unknown) => void;
}

/** Extends the leases of the items that this instance holds, all of them together, at a third of a lease. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #items = new Set<HeldItem>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Extends the item's lease until {@linkcode drop}. */
  keep(item: HeldItem): void {
    this.#items.add(item);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#touchAll(), this.#options.lease * 1000 / 3);
    Deno.unrefTimer(this.#timer);
  }

  drop(item: HeldItem): void {
    this.#items.delete(item);
  }

  /** Extends the lease of an item now; resolves to whether it still had one. */
  touch(item: HeldItem): Promise<boolean> {
    const touch = this.#touch(item);
    const touching = touch.then(() => {}, () => {}).finally(() => {
      if (item.touching === touching) item.touching = undefined;
    });
    item.touching = touching;
    return touch;
  }

  async #touch(item: HeldItem): Promise<boolean> {
    const lease = await this.#options.touch(item);
    if (lease !== undefined) {
      item.lease = lease;
      return true;
    }
    // Acked or failed meanwhile, it has lost nothing.
    const isLost = item.outcome === undefined && !item.settling;
    if (isLost) item.abort("lost", new LeaseLostError(item.uid));
    this.drop(item);
    return false;
  }

  /** Leaves off. */
  close(): void {
    this.#items.clear();
    clearInterval(this.#timer);
  }

  #touchAll(): void {
    if (this.#items.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    for (const item of this.#items) {
      this.touch(item).catch((error) => {
        // In an outage no lease runs out that could be kept: the next turn tells.
        if (!(error instanceof RedisUnavailableError)) this.#options.onError(error);
      });
    }
  }
}
