import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/**
 * A function for scripts: moves delayed items that are due, at most 1,000, behind those that wait. Returns the
 * microseconds until the next one is due, 0 where there may be more of them, and '' where there is none.
 *
 * @param queue The queue's number in KEYS.
 * @param delayed That of the delayed items.
 */
export function promotingFrom({ queue, delayed }: { queue: number; delayed: number }): string {
  return `
local function promote(now)
  local next = redis.call('ZRANGE', KEYS[${delayed}], 0, 0, 'WITHSCORES')
  if #next == 0 then
    return ''
  end
  local wait = tonumber(next[2]) - now
  if wait > 0 then
    return string.format('%.0f', wait)
  end
  -- Lua's own number to text conversion would round the time.
  local time = string.format('%.0f', now)
  local due = redis.call('ZRANGEBYSCORE', KEYS[${delayed}], '-inf', time, 'LIMIT', 0, 1000)
  redis.call('LPUSH', KEYS[${queue}], unpack(due))
  -- After that: should it be refused, an item in two places does no harm, one in none would.
  redis.call('ZREM', KEYS[${delayed}], unpack(due))
  return '0'
end`;
}

/**
 * Queues the delayed items that are due, and looks when to do so again.
 *
 * KEYS    1 queue, 2 delayed
 * Returns microseconds until the next item is due, "0" where there may be more that are, "none" where there is none
 */
const script = new Script(`
${promotingFrom({ queue: 1, delayed: 2 })}

-- Without effect: a full Redis refuses LPUSH unless the script has begun to write.
redis.call('ZREM', KEYS[2], '')
local time = redis.call('TIME')
local wait = promote(time[1] * 1000000 + time[2])
return wait == '' and 'none' or wait
`);

const decoder = new TextDecoder();

/** Queues the delayed items that are due; resolves to the milliseconds until the next one is, `undefined` for none. */
export async function promote(
  connection: SupervisedConnection,
  keys: QueueKeys,
): Promise<number | undefined> {
  const reply = await script.run(connection, {
    keys: [keys.queue, keys.delayed],
    args: [],
    action: "queue the items that are due",
  });
  return millisecondsOf(decoder.decode(reply));
}

/** Reads a script's microseconds; `undefined` where it says that there are none. */
export function millisecondsOf(microseconds: string): number | undefined {
  return microseconds === "" || microseconds === "none" ? undefined : Number(microseconds) / 1000;
}
