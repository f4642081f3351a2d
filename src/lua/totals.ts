/**
 * A function for scripts: adds to one of the queue's running totals. It comes last, when all else is done, and an error
 * in it is left aside: a number must not stop a queue.
 *
 * @param key The number of the totals' hash in KEYS.
 */
export function countingIn(key: number): string {
  return `
local function total(name, count)
  if count > 0 then
    redis.pcall('HINCRBY', KEYS[${key}], name, count)
  end
end`;
}
