import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";
import { readStatuses } from "./statuses.ts";

/**
 * Moves items from in flight back to waiting. Items that are not in flight (any more) stay as they are.
 *
 * KEYS    1 queue, 2 items, 3 ackbuf, 4 ackbuf_aging
 * ARGV    1 "back" or "front" of the queue, 2... uids, at most 1,000
 * Returns one character per uid: "1" requeued, "0" it was not in flight
 */
const script = new Script(`
-- Without effect: a full Redis refuses to push unless the script has begun to write.
redis.call('ZREM', KEYS[4], '')
local status, requeued, seen = {}, {}, {}
for i = 2, #ARGV do
  local uid = ARGV[i]
  local inFlight = redis.call('ZSCORE', KEYS[4], uid)
  inFlight = inFlight or redis.call('LPOS', KEYS[3], uid)
  status[i - 1] = '0'
  if inFlight and not seen[uid] and redis.call('HEXISTS', KEYS[2], uid) == 1 then
    requeued[#requeued + 1] = uid
    status[i - 1] = '1'
  end
  seen[uid] = true
end
if #requeued > 0 then
  -- Before they leave their old place: should that be refused, an item in two places does no harm, one in none would.
  if ARGV[1] == 'back' then
    redis.call('LPUSH', KEYS[1], unpack(requeued))
  else
    redis.call('RPUSH', KEYS[1], unpack(requeued))
  end
end
for uid in pairs(seen) do
  if redis.call('ZREM', KEYS[4], uid) == 0 then
    redis.call('LREM', KEYS[3], 0, uid)
  end
end
return table.concat(status)
`);

async function requeue(
  connection: SupervisedConnection,
  keys: QueueKeys,
  to: "back" | "front",
  uids: string[],
  action: string,
): Promise<boolean[]> {
  const reply = await script.run(connection, {
    keys: [keys.queue, keys.items, keys.ackbuf, keys.aging],
    args: [to, ...uids],
    action: uids.length === 1 ? `${action} an item` : `${action} ${uids.length} items`,
  });
  return readStatuses(reply, uids.length);
}

/** Requeues items that were not done, behind those that wait; resolves to which of them were in flight, in order. */
export function fail(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<boolean[]> {
  return requeue(connection, keys, "back", uids, "fail");
}

/** Gives back items, oldest first, that nobody worked on: they are the next to be claimed, in the order they had. */
export function release(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<boolean[]> {
  return requeue(connection, keys, "front", uids.toReversed(), "give back");
}
