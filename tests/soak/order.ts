/** A delivery of an item with an order key. */
export interface OrderedDelivery {
  /** "KEY@NUMBER": the numbers of a key are in the order of the puts. */
  label: string;
  /** When it began, in milliseconds since the epoch. */
  at: number;
}

/** The order key and the number in a label; `undefined` if the item has none. */
export function placeOf(label: string): { key: string; number: number } | undefined {
  const [, key, number] = /^(.+)@(\d+)$/.exec(label) ?? [];
  return key === undefined ? undefined : { key, number: Number(number) };
}

/**
 * Finds deliveries that came out of order.
 *
 * @param isAtWork Whether the holder of `before` can still have its lease when `next`, another item of its key, comes.
 * @param isAgain Whether the item had been done, so that it was put once more.
 */
export function outOfOrder<D extends OrderedDelivery>(
  deliveries: D[],
  isAtWork: (before: D, next: D) => boolean,
  isAgain: (delivery: D) => boolean = () => false,
): string[] {
  const byKey = Map.groupBy(deliveries, ({ label }) => placeOf(label)?.key);
  byKey.delete(undefined);
  const wrong: string[] = [];
  for (const ofKey of byKey.values()) {
    // Several may begin and end within a millisecond.
    ofKey.sort((a, b) => a.at - b.at || placeOf(a.label)!.number - placeOf(b.label)!.number);
    let last = ofKey[0]!;
    for (const [i, next] of ofKey.entries()) {
      const number = placeOf(next.label)!.number;
      const before = ofKey.slice(Math.max(0, i - 20), i).find((other) =>
        other.label !== next.label && isAtWork(other, next)
      );
      if (before !== undefined) wrong.push(`${next.label} came beside ${before.label}`);
      if (number < placeOf(last.label)!.number && !isAgain(next)) {
        wrong.push(`${next.label} came after ${last.label}`);
      }
      if (number >= placeOf(last.label)!.number) last = next;
    }
  }
  return wrong;
}
