/** The longest delay in seconds, 100 years: what is added to a time stays a whole number of microseconds. */
export const LONGEST_DELAY = 100 * 365.25 * 24 * 3600;

/** What an error says that a delay must be. */
export const DELAY_EXPECTED = `seconds from 0 to ${LONGEST_DELAY} (100 years)`;

/** Whether `value` is a delay in seconds. */
export function isDelay(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LONGEST_DELAY;
}

/** The last time for which an item can be put, in milliseconds since the epoch. */
export const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** What an error says that a time must be. */
export const TIME_EXPECTED =
  "a Date, or milliseconds since the epoch, not after the end of the year 9999";

/** Whether `value` is a time in milliseconds since the epoch. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_TIME;
}
