import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import type { RedisArgument } from "../redis_connection.ts";
import type { Held } from "./in_flight.ts";
import { Script } from "./script.ts";

/**
 * Begins the leases of items in flight anew. Items that are not in flight (any more), or whose lease is another by now,
 * stay as they are. A lease that began before the given one could run out is the same holder's: the call was sent before,
 * and its answer lost.
 *
 * KEYS    1 ackbuf_aging
 * ARGV    1 length of a lease in microseconds; then uid, when its lease began or "" for any, uid, ...; at most 1,000
 * Returns when the new leases began, a space, and one character per item: "1" begun, "0" not in flight
 */
const script = new Script(`
local time = redis.call('TIME')
-- Lua's own number to text conversion would round the time.
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local status, leases = {}, {}

local function isHeld(uid, lease)
  local began = redis.call('ZSCORE', KEYS[1], uid)
  if not began or lease == '' then
    return began
  end
  local age = began - lease
  return age >= 0 and age < tonumber(ARGV[1])
end

for i = 2, #ARGV, 2 do
  if isHeld(ARGV[i], ARGV[i + 1]) then
    leases[#leases + 1] = now
    leases[#leases + 1] = ARGV[i]
    status[#status + 1] = '1'
  else
    status[#status + 1] = '0'
  end
end
if #leases > 0 then
  -- Without effect: a full Redis refuses ZADD unless the script has begun to write.
  redis.call('ZREM', KEYS[1], '')
  redis.call('ZADD', KEYS[1], 'XX', unpack(leases))
end
return now .. ' ' .. table.concat(status)
`);

const decoder = new TextDecoder();

/**
 * Begins leases of `length` seconds anew, of at most 1,000 items; resolves to the new lease of each, `undefined` where it
 * has none.
 */
export async function touch(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: Held[],
  length: number,
): Promise<(number | undefined)[]> {
  const args: RedisArgument[] = [Math.round(length * 1e6)];
  for (const { uid, lease = "" } of items) args.push(uid, lease);
  const reply = await script.run(connection, {
    keys: [keys.aging],
    args,
    action: items.length === 1 ? "touch an item" : `touch ${items.length} items`,
  });
  const [began = "", statuses = ""] = decoder.decode(reply).split(" ");
  return Array.from(statuses, (status) => status === "1" ? Number(began) : undefined);
}
