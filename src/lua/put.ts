import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { RedisReplyError } from "../errors.ts";
import type { QueueKeys } from "./keys.ts";
import { LARGE } from "./limits.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { putNamedOrLaterScript, type PutTerms, termsOf } from "./put_named_or_later.ts";
import { script, type ScriptCall } from "./script.ts";
import { readStatuses } from "./statuses.ts";
import { withoutMute } from "./parts/doorbell.ts";
import { totals } from "./parts/totals.ts";

/** An item on its way into Redis. */
export interface NewItem extends PutTerms {
  uid: string;
  payload: string | Uint8Array;
}

/** How many replicas must confirm a put, and how long to wait for them. */
export interface Replicas {
  count: number;
  timeoutMs: number;
}

/** The result of a put. */
export interface PutResult {
  /** Which items are new, in order. */
  isNew: boolean[];
  /** How many replicas confirmed; 0 if none was asked for. */
  replicas: number;
}

/**
 * The usual put: stores items under uids that were made for them, and queues them in order.
 *
 * If the last item is there already, the call was sent again, and the script changes nothing. (The last item stays longest.)
 * It writes the last item once more as it is, because WAIT may follow, and waits for what its own connection wrote.
 *
 * ARGV    uid, payload, uid, payload, ...; at most 1,000 items
 * Returns one character per item: "1" stored and queued, "0" the call was sent again, nothing changed
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
-- The queue first: if Redis refuses the payloads, the claim drops the uids. A payload without uid would stay.
redis.call('LPUSH', QUEUE, unpack(uids))
-- Some items may be there: the call was sent again, and the last item was done before them. They are queued twice now, and
-- the claim drops a uid that is in flight or done.
local new = redis.call('HSET', ITEMS, unpack(ARGV))
total('put', new)
return string.rep('1', #uids)
`;

/**
 * The put of large items: their payloads were stored by a command of its own, sent with this script, since through a script
 * they would be copied several times. If that command was refused, the script changes nothing. If the call is sent again, the
 * items are queued twice, and the claim drops the second uid.
 *
 * ARGV    uids, at most 1,000
 * Returns "1" if they are queued, or "0"
 */
const queueStoredScript = script("items", "queue")`
${totals}
if redis.call('HEXISTS', ITEMS, ARGV[#ARGV]) == 0 then
  return '0'
end
redis.call('LPUSH', QUEUE, unpack(ARGV))
total('put', #ARGV)
return '1'
`;

/** Stores items, at most 1,000, and queues each of them now or when it is due. */
export async function put(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  { replicas, mostLost }: { replicas?: Replicas | undefined; mostLost?: number } = {},
): Promise<PutResult> {
  const isPlain = items.every(({ isOwn, due, orderKey, headers }) =>
    isOwn && due === undefined && orderKey === undefined && headers === undefined
  );
  const args: RedisArgument[] = [];
  let weight = 0;
  for (const item of items) {
    args.push(item.uid, item.payload);
    if (!isPlain) args.push(...termsOf(item));
    weight += item.payload.length;
  }
  const action = actionOn("put", items.length);
  const call: ScriptCall = { args, action, weight, mostLost };
  const chosen = isPlain ? putScript : putNamedOrLaterScript;

  if (replicas === undefined && isPlain && weight > LARGE * items.length) {
    await putLarge(connection, keys, items, call);
    return { isNew: items.map(() => true), replicas: 0 };
  }
  if (replicas === undefined) {
    const reply = await chosen.run(connection, keys, call);
    return { isNew: readStatuses(withoutMute(reply, connection), items.length), replicas: 0 };
  }
  const { count, timeoutMs } = replicas;
  const wait = { name: "WAIT", args: [count, timeoutMs], blockMs: timeoutMs };
  const [reply, confirmed] = await chosen.runBefore(connection, keys, call, wait);
  const isNew = readStatuses(withoutMute(reply, connection), items.length);
  return { isNew, replicas: Number(confirmed) };
}

async function putLarge(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: NewItem[],
  { args, action, weight = 0, mostLost }: ScriptCall,
): Promise<void> {
  const uids = items.map(({ uid }) => uid);
  const store = { name: "HSET", args: [keys.items, ...args], action, weight, mostLost };
  try {
    await queueStoredScript.runAfter(store, connection, keys, { args: uids, action });
  } catch (error) {
    // Without a place in the queue, the items would be taken for lost ones, and be queued later.
    if (error instanceof RedisReplyError) {
      await connection.send({ name: "HDEL", args: [keys.items, ...uids], action }).catch(() => {});
    }
    throw error;
  }
}
