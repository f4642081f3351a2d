/**
 * Hands out items, oldest first, to those who wish for some: each gets up to its number, in the order of the wishes. Wishes
 * that get nothing have no portion.
 */
export function portionsOf<T>(items: readonly T[], wishes: Iterable<number>): T[][] {
  const portions: T[][] = [];
  let next = 0;
  for (const wish of wishes) {
    if (next >= items.length) break;
    portions.push(items.slice(next, next += wish));
  }
  return portions;
}
