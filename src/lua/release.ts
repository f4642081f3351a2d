import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import type { RedisArgument } from "../redis_connection.ts";
import { type Held, inFlight } from "./in_flight.ts";
import { Script } from "./script.ts";
import { readStatuses } from "./statuses.ts";

/**
 * Gives items back to the front of the queue. Items that are not in flight (any more), or whose lease is another by now,
 * stay as they are.
 *
 * KEYS    1 queue, 2 items, 3 ackbuf, 4 ackbuf_aging
 * ARGV    uid, when its lease began or "" for any, uid, ...; at most 1,000 of each, the last is to be the next claimed
 * Returns one character per item: "1" given back, "0" it was not in flight
 */
const script = new Script(`
${inFlight({ ackbuf: 3, aging: 4 })}

-- Without effect: a full Redis refuses to push unless the script has begun to write.
redis.call('ZREM', KEYS[4], '')
local status, released, held, seen = {}, {}, {}, {}

for i = 1, #ARGV, 2 do
  local uid, outcome = ARGV[i], '0'
  if not seen[uid] and isHeld(uid, ARGV[i + 1]) then
    held[#held + 1] = uid
    if redis.call('HEXISTS', KEYS[2], uid) == 1 then
      released[#released + 1] = uid
      outcome = '1'
    end
  end
  seen[uid] = true
  status[#status + 1] = outcome
end
if #released > 0 then
  -- Before they leave their old place: should that be refused, an item in two places does no harm, one in none would.
  redis.call('RPUSH', KEYS[1], unpack(released))
end
leave(held)
return table.concat(status)
`);

/**
 * Gives back items, oldest first and at most 1,000, that nobody worked on: they are the next to be claimed, in the order
 * they had. Resolves to which of them were in flight, in order.
 */
export async function release(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: Held[],
): Promise<boolean[]> {
  const args: RedisArgument[] = [];
  for (const { uid, lease = "" } of items.toReversed()) args.push(uid, lease);
  const reply = await script.run(connection, {
    keys: [keys.queue, keys.items, keys.ackbuf, keys.aging],
    args,
    action: items.length === 1 ? "give back an item" : `give back ${items.length} items`,
  });
  return readStatuses(reply, items.length).reverse();
}
