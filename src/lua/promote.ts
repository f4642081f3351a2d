import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { clock } from "./parts/clock.ts";
import { readScore } from "./score.ts";
import { part, script } from "./script.ts";

/**
 * `promote()` moves delayed items that are due, at most 1,000, behind those that wait. Returns the microseconds until the
 * next one is due, '0' where there may be more of them, and '' where there is none.
 */
export const promotion = part("queue", "delayed")`
${clock}
local function promote()
  local next = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
  if #next == 0 then
    return ''
  end
  local wait = tonumber(next[2]) - now
  if wait > 0 then
    return text(wait)
  end
  local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', text(now), 'LIMIT', 0, 1000)
  -- New place first.
  redis.call('LPUSH', QUEUE, unpack(due))
  redis.call('ZREM', DELAYED, unpack(due))
  return '0'
end`;

/**
 * Queues the delayed items that are due, and looks when to do so again.
 *
 * Returns microseconds until the next item is due, "0" where there may be more that are, "none" where there is none
 */
const promoteScript = script()`
${promotion}

-- Rehearsal.
redis.call('ZREM', DELAYED, '')
local wait = promote()
return wait == '' and 'none' or wait
`;

const decoder = new TextDecoder();

/** Queues the delayed items that are due; resolves to the milliseconds until the next one is, `undefined` for none. */
export async function promote(
  connection: SupervisedConnection,
  keys: QueueKeys,
): Promise<number | undefined> {
  const reply = await promoteScript.run(connection, keys, {
    args: [],
    action: "queue the items that are due",
  });
  return millisecondsOf(decoder.decode(reply));
}

/** Reads a script's microseconds; `undefined` where it says that there are none, `Infinity` for those that never end. */
export function millisecondsOf(microseconds: string): number | undefined {
  const isNone = microseconds === "" || microseconds === "none";
  return isNone ? undefined : readScore(microseconds) / 1000;
}
