import { MAX_BYTES } from "../lua/limits.ts";
import type { HeldItem } from "./held_item.ts";
import { Pace } from "./pace.ts";

/** What {@linkcode ItemsAhead} work with. */
export interface ItemsAheadOptions<T> {
  /** How many items to take ahead. */
  most: number;
  leaseMs: number;
  /** Gives items back to the queue. */
  giveBack: (items: HeldItem<T>[]) => void;
}

/** How often to look whether the handlers have become slow. */
const LOOK_MS = 1_000;

/**
 * The items that a worker has taken and not begun, the oldest first. It takes no more ahead of its free handlers than these
 * finished in the last second, or than are large together. If the handlers become slow, those beyond that go back.
 */
export class ItemsAhead<T> {
  readonly #most: number;
  readonly #staleMs: number;
  readonly #giveBack: (items: HeldItem<T>[]) => void;
  #items: HeldItem<T>[] = [];
  #bytes = 0;
  readonly #pace = new Pace();
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor({ most, leaseMs, giveBack }: ItemsAheadOptions<T>) {
    this.#most = most;
    // A lease is extended at a third of it.
    this.#staleMs = leaseMs * 2 / 3;
    this.#giveBack = giveBack;
  }

  get length(): number {
    return this.#items.length;
  }

  /** How many more may be taken ahead. */
  get room(): number {
    if (this.#most === 0 || this.#bytes >= MAX_BYTES) return 0;
    return Math.max(this.#limit - this.#items.length, 0);
  }

  get #limit(): number {
    return Math.min(this.#most, this.#pace.perSecond);
  }

  /** A handler has ended. */
  finish(): void {
    this.#pace.finish();
  }

  add(item: HeldItem<T>): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
    if (this.#most === 0) return;
    item.keptAt = performance.now();
    if (this.#watch !== undefined) return;
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
    Deno.unrefTimer(this.#watch);
  }

  /** The oldest, which is to begin now. */
  next(): HeldItem<T> | undefined {
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      this.#bytes -= item.bytes;
      if (!this.#isStale(item)) return item;
      this.#giveBack([item]);
    }
    return undefined;
  }

  /** Whether its lease may be over: nobody has extended it for too long, as when the process was suspended. */
  #isStale({ keptAt }: HeldItem<T>): boolean {
    return this.#most > 0 && performance.now() - keptAt > this.#staleMs;
  }

  /** All of them, which are not to begin. */
  takeAll(): HeldItem<T>[] {
    return this.#cut(0);
  }

  close(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #cut(from: number): HeldItem<T>[] {
    const items = this.#items.splice(from);
    for (const { bytes } of items) this.#bytes -= bytes;
    return items;
  }

  #look(): void {
    if (this.#items.length === 0) return this.close();
    const surplus = this.#cut(this.#limit);
    if (surplus.length > 0) this.#giveBack(surplus);
  }
}
