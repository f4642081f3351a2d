/** A stretch of time, in milliseconds since the epoch. */
export type Span = [from: number, to: number];

/** What follows an absence, such as a new connection, may take so long. */
const RECOVERY_MS = 1_000;

/**
 * The longest of the absences that meet the time from `from` to `to`, in milliseconds. Absences that follow one another are
 * one: in between, nothing may have got through.
 */
export function longestAbsence(absences: Span[], from: number, to: number): number {
  let longest = 0;
  let [begin, end] = [-Infinity, -Infinity];
  for (const [absentFrom, absentTo] of absences.toSorted(([a], [b]) => a - b)) {
    if (absentFrom >= to) break;
    if (absentFrom > end) begin = absentFrom;
    end = Math.max(end, Math.min(absentTo + RECOVERY_MS, to));
    if (end > from) longest = Math.max(longest, end - begin);
  }
  return longest;
}
