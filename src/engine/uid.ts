/** The counter has 12 bits. It starts in the lower half, so that the upper half is free to grow into. */
const COUNTERS = 4_096;
/** Where the last 18 characters of a UUID v4 begin: "-yxxx-xxxxxxxxxxxx", the variant and 62 random bits. */
const RANDOM_PART = 18;

let stampedAt = 0;
let stamp = "";
let counter = 0;

/**
 * A new UUID v7: the time in milliseconds, a counter within the millisecond, then random bits. The uids of one process
 * sort in the order in which they were made, so items due at the same time keep the order of their puts.
 *
 * Format: https://www.rfc-editor.org/rfc/rfc9562#name-monotonicity-and-counters (method 1)
 */
export function newUid(): string {
  const now = Date.now();
  if (now > stampedAt) beginStamp(now);
  else if (++counter === COUNTERS) beginStamp(stampedAt + 1);
  const digits = counter.toString(16).padStart(3, "0");
  return stamp + digits + crypto.randomUUID().slice(RANDOM_PART);
}

function beginStamp(ms: number): void {
  const hex = ms.toString(16).padStart(12, "0");
  stamp = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  stampedAt = ms;
  counter = Math.floor(Math.random() * COUNTERS / 2);
}
