/** Reads a score of a sorted set. We write no infinite score, but another program may. */
export function readScore(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

/** The farthest that a `Date` holds from the epoch, in milliseconds. */
const FARTHEST = 8.64e15;

/** The time of a score in microseconds, which a stranger may have written: never an invalid date, which can't be shown. */
export function dateOf(microseconds: number): Date {
  return new Date(Math.min(Math.max(microseconds / 1000, -FARTHEST), FARTHEST));
}
