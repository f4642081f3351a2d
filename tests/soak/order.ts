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

/** How many deliveries before one are looked at for those at work beside it. */
const NEAR = 20;

/**
 * Finds deliveries that came out of order.
 *
 * @param isAtWork Whether the holder of `before` can still have its lease when `next`, another item of its key, comes.
 * @param isAgain Whether the item had been done before: its put was sent again, or its consumer was held up between claim and
 * handler for longer than its lease.
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
    const first = ofKey.filter((delivery) => !isAgain(delivery));
    let last: D | undefined;
    for (const [i, next] of first.entries()) {
      const before = first.slice(Math.max(0, i - NEAR), i).find((other) =>
        other.label !== next.label && isAtWork(other, next)
      );
      if (before !== undefined) wrong.push(`${next.label} came beside ${before.label}`);
      if (last === undefined || placeOf(next.label)!.number >= placeOf(last.label)!.number) {
        last = next;
      } else {
        wrong.push(`${next.label} came after ${last.label}`);
      }
    }
  }
  return wrong;
}
