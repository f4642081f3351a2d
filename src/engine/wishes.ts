import { MAX_ITEMS } from "../lua/limits.ts";

/** How many items are wanted. */
export interface Wish {
  max: number;
  /** For how many of them a handler is free; the others are taken ahead. */
  free: number;
}

/** The wishes that one claim serves, the oldest first: one that takes items ahead, or all up to the next such one. */
export function servedTogether<W extends Wish>(wishes: readonly W[]): W[] {
  const ahead = wishes.findIndex(({ max, free }) => free < max);
  return ahead === -1 ? wishes.slice() : wishes.slice(0, Math.max(ahead, 1));
}

/** What a claim for these wishes asks for. */
export function sumOf(wishes: readonly Wish[]): Wish {
  let max = 0, free = 0;
  for (const wish of wishes) {
    max += wish.max;
    free += wish.free;
  }
  return { max: Math.min(max, MAX_ITEMS), free };
}

/**
 * Hands out items, the oldest first: each wish gets up to its number, in their order. Wishes that get nothing have no portion.
 */
export function portionsOf<T>(items: readonly T[], wishes: readonly Wish[]): T[][] {
  const portions: T[][] = [];
  let next = 0;
  for (const { max } of wishes) {
    if (next >= items.length) break;
    portions.push(items.slice(next, next += max));
  }
  return portions;
}
