import { MAX_BYTES } from "../lua/limits.ts";
import type { HeldItem } from "./held_item.ts";
import { Pace } from "./pace.ts";

/** How often to look whether the handlers have become slow. */
const LOOK_MS = 1_000;

/**
 * The items that a worker has taken and not begun, the oldest first. It takes no more ahead of its free handlers than these
 * finished in the last second, or than are large together. If the handlers become slow, those beyond that go back.
 */
export class ItemsAhead<T> {
  readonly #most: number;
  readonly #giveBack: (items: HeldItem<T>[]) => void;
  #items: HeldItem<T>[] = [];
  #bytes = 0;
  readonly #pace = new Pace();
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(most: number, giveBack: (items: HeldItem<T>[]) => void) {
    this.#most = most;
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
    if (this.#most === 0 || this.#watch !== undefined) return;
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
    Deno.unrefTimer(this.#watch);
  }

  /** The oldest, which is to begin now. */
  next(): HeldItem<T> | undefined {
    const item = this.#items.shift();
    if (item !== undefined) this.#bytes -= item.bytes;
    return item;
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
