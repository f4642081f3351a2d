import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { putNamedOrLaterScript, type PutTerms, termsOf } from "./put_named_or_later.ts";
import { script, type ScriptCall } from "./script.ts";
import { readStatuses } from "./statuses.ts";
import { totals } from "./parts/totals.ts";

/** An item on its way into Redis. */
export interface NewItem extends PutTerms {
  uid: string;
  payload: string | Uint8Array;
}

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

/**
 * Stores items under uids of their own, and queues them, in order. Where the last of them, which stays longest, is there
 * already, the call was sent again, and the last is written once more as it is: WAIT, which may follow, waits for what
 * its own connection wrote.
 *
 * ARGV    uid, payload, uid, payload, ... at most 1,000 of each
 * Returns one character per uid: "1" stored and queued, "0" all were there already, nothing changed
 */
const putScript = script("items", "queue")`
${totals}

local uids = {}
for i = 1, #ARGV, 2 do
  uids[#uids + 1] = ARGV[i]
end
local last = redis.call('HGET', ITEMS, uids[#uids])
if last then
  redis.call('HSET', ITEMS, uids[#uids], last)
  return string.rep('0', #uids)
end
-- In this order: should the second be refused, a uid without payload is dropped, a payload without uid is not.
redis.call('LPUSH', QUEUE, unpack(uids))
-- Some may be there (sent again, and the last was done before them). Queued twice, such a one is dropped when its turn
-- comes again and it is in flight or done.
local new = redis.call('HSET', ITEMS, unpack(ARGV))
total('put', new)
return string.rep('1', #uids)
`;

/** Stores `items`, at most 1,000, and queues each now or when it is due. */
export async function put(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  { replicas, mostLost }: { replicas?: Replicas | undefined; mostLost?: number } = {},
): Promise<PutResult> {
  const isPlain = items.every(({ isOwn, due }) => isOwn && due === undefined);
  const args: RedisArgument[] = [];
  let weight = 0;
  for (const item of items) {
    args.push(item.uid, item.payload);
    if (!isPlain) args.push(...termsOf(item));
    weight += item.payload.length;
  }
  const action = items.length === 1 ? "put an item" : `put ${items.length} items`;
  const call: ScriptCall = { args, action, weight, mostLost };
  const chosen = isPlain ? putScript : putNamedOrLaterScript;

  if (replicas === undefined) {
    const reply = await chosen.run(connection, keys, call);
    return { isNew: readStatuses(reply, items.length), replicas: 0 };
  }
  const { count, timeoutMs } = replicas;
  const wait = { name: "WAIT", args: [count, timeoutMs], blockMs: timeoutMs };
  const [reply, confirmed] = await chosen.runBefore(connection, keys, call, wait);
  return { isNew: readStatuses(reply, items.length), replicas: Number(confirmed) };
}
