/** What producers and consumers of a soak have agreed on. */

export const NAME = "soak";
/** Seconds: short, so that many leases run out. */
export const LEASE = 2;
/** Puts at a time of a producer. */
export const BATCH = 100;
/** Items that may wait; few, so that consumers often wait for them. */
export const MAX_WAITING = 1_000;
/** Concurrent `get`s of a consumer. */
export const WORKERS = 30;

/** The item with the number `number`: a consumer can tell whether it is whole. */
export function payload(number: number): string {
  return `${number}:${"ü".repeat(number % 100)}`;
}

/** Whether `item` is one that {@linkcode payload} made, and whole. */
export function isPayload(item: string | null): boolean {
  return item !== null && item === payload(Number.parseInt(item));
}
