/**
 * A function for scripts: tells consumers that wait of something that they would notice only some seconds later. They
 * read the stream's end; an entry's id is Redis's time in milliseconds.
 *
 * @param key The doorbell's number in KEYS.
 */
export function ringingAt(key: number): string {
  return `
local function ring(due)
  redis.call('XADD', KEYS[${key}], 'MAXLEN', 1, '*', 'due', due)
  redis.call('EXPIRE', KEYS[${key}], 10)
end`;
}
