import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";
import { readStatuses } from "./statuses.ts";

/** An item on its way into Redis. */
export interface NewItem {
  uid: string;
  payload: string | Uint8Array;
}

/**
 * Stores items and queues them, in order.
 *
 * KEYS    1 items, 2 queue
 * ARGV    uid, payload, uid, payload, ... at most 1,000 of each
 * Returns one character per item: "1" stored and queued, "0" there already, nothing changed
 */
const script = new Script(`
local uids = {}
for i = 1, #ARGV, 2 do
  uids[#uids + 1] = ARGV[i]
end
local stored = redis.call('HMGET', KEYS[1], unpack(uids))
local status, new, fields = {}, {}, {}
for i, uid in ipairs(uids) do
  if stored[i] then
    status[i] = '0'
  else
    status[i] = '1'
    new[#new + 1] = uid
    fields[#fields + 1] = uid
    fields[#fields + 1] = ARGV[2 * i]
  end
end
if #new > 0 then
  -- In this order: should the second be refused, a uid without payload is dropped, a payload without uid is not.
  redis.call('LPUSH', KEYS[2], unpack(new))
  redis.call('HSET', KEYS[1], unpack(fields))
end
return table.concat(status)
`);

/** Stores and queues `items`, at most 1,000; resolves to which of them are new, in order. */
export async function put(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
): Promise<boolean[]> {
  const args: (string | Uint8Array)[] = [];
  let weight = 0;
  for (const { uid, payload } of items) {
    args.push(uid, payload);
    weight += payload.length;
  }
  const reply = await script.run(connection, {
    keys: [keys.items, keys.queue],
    args,
    action: items.length === 1 ? "put an item" : `put ${items.length} items`,
    weight,
  });
  return readStatuses(reply, items.length);
}
