/** The longest delay in seconds, 100 years: what is added to a time stays a whole number of microseconds. */
export const LONGEST_DELAY = 100 * 365.25 * 24 * 3600;

/** What the text of an error says that a delay has to be. */
export const DELAY_EXPECTED = `seconds from 0 to ${LONGEST_DELAY} (100 years)`;

/** Whether `value` is a delay in seconds. */
export function isDelay(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LONGEST_DELAY;
}
