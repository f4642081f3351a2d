/** What the processes of a soak have agreed on. */

/** The queue whose uids `put` makes. All kinds of consumers work on it. */
export const PLAIN = "soak";
/**
 * The queue of own uids, each put again as soon as it is gone. No `get` loop works on it: an ack by uid alone that comes
 * late may delete the next item under the uid, and is documented to.
 */
export const OWN = "soak-own";
/** The queue of items with order keys: that of "KEY@NUMBER" is KEY. Workers only, since a late ack by uid ends a turn. */
export const ORDERED = "soak-ordered";
/** The queues from whose lists strangers take: with order keys, what they took would come back after later items. */
export const UNORDERED = [PLAIN, OWN];

/** Items that may wait; few, so that consumers often wait for them. */
export const MAX_WAITING = 1_000;

/**
 * The item called `label`. Each put of a soak has a label of its own, which ends with a number; under an own uid it is
 * `UID#NUMBER`, which tells one item under the uid from the next.
 */
export function payload(label: string): string {
  return `${label}:${"ü".repeat(numberOf(label) % 100)}`;
}

/** The label of a delivered item; throws where the item is not as it was put. */
export function labelOf(uid: string, item: string): string {
  const label = item.slice(0, item.indexOf(":"));
  const [ownUid, generation] = label.split("#");
  if (item === payload(label) && (generation === undefined || ownUid === uid)) return label;
  throw new Error(`The item ${uid} is not as it was put`);
}

/** Whether an item fails so often that it becomes a dead letter now and then. */
export function isStubborn(label: string): boolean {
  return numberOf(label) % 50 === 7;
}

/** Whether something happens that does in `share` of all cases. */
export function chance(share: number): boolean {
  return Math.random() < share;
}

export function between(least: number, most: number): number {
  return least + Math.random() * (most - least);
}

/** One of a list, by chance. */
export function anyOf<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}

function numberOf(label: string): number {
  return Number(/\d+$/.exec(label)?.[0]);
}
