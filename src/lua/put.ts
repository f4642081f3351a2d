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
 * Stores items and queues them, in order. Where all of them are there already (the call was sent again), the first is
 * written once more as it is: WAIT, which may follow, waits for what its own connection wrote.
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
if #new == 0 then
  redis.call('HSET', KEYS[1], uids[1], stored[1])
else
  -- In this order: should the second be refused, a uid without payload is dropped, a payload without uid is not.
  redis.call('LPUSH', KEYS[2], unpack(new))
  redis.call('HSET', KEYS[1], unpack(fields))
end
return table.concat(status)
`);

/** How many replicas must have an item before its `put` counts. */
export interface Replicas {
  count: number;
  timeoutMs: number;
}

/** What a `put` did. */
export interface PutResult {
  /** Which items are new, in order. */
  isNew: boolean[];
  /** The number of replicas that confirmed; 0 where nobody asked. */
  replicas: number;
}

/** Stores and queues `items`, at most 1,000. */
export async function put(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  replicas?: Replicas,
): Promise<PutResult> {
  const args: (string | Uint8Array)[] = [];
  let weight = 0;
  for (const { uid, payload } of items) {
    args.push(uid, payload);
    weight += payload.length;
  }
  const call = {
    keys: [keys.items, keys.queue],
    args,
    action: items.length === 1 ? "put an item" : `put ${items.length} items`,
    weight,
  };
  if (replicas === undefined) {
    const reply = await script.run(connection, call);
    return { isNew: readStatuses(reply, items.length), replicas: 0 };
  }
  const wait = {
    name: "WAIT",
    args: [replicas.count, replicas.timeoutMs],
    blockMs: replicas.timeoutMs,
  };
  const [reply, confirmed] = await script.runBefore(connection, call, wait);
  return { isNew: readStatuses(reply, items.length), replicas: Number(confirmed) };
}
