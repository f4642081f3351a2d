import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { readStrings } from "./message_pack.ts";
import { Script } from "./script.ts";

/** A dead letter as Redis holds it. */
export interface StoredDeadLetter {
  uid: string;
  payload: Uint8Array;
  attempts: number;
  /** Text of the last error; "" where none was given. */
  error: string;
  /** Microseconds since the epoch. */
  diedAt: number;
}

/** The answer stops at about so many bytes of payload. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Dead letters moved or deleted in one step: about a millisecond of Redis's time. */
const LIMIT = 500;

/**
 * Lists dead letters, the longest dead first.
 *
 * KEYS    1 dead, 2 items, 3 attempts, 4 errors
 * ARGV    1 most, 2 bytes of payload after which to stop, 3 uid and 4 time of the last one listed, "" at the beginning
 * Returns MessagePack array: "1" the list has ended or "0", then of each: uid, time of death in microseconds since the
 *         epoch, failed deliveries, error, payload
 */
const listScript = new Script(`
local first = 0
if ARGV[3] ~= '' then
  local rank = redis.call('ZRANK', KEYS[1], ARGV[3])
  -- It may be gone by now: then the list goes on with those that died when it did.
  first = rank and rank + 1 or redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[4])
end
local dead = redis.call('ZRANGE', KEYS[1], first, first + ARGV[1] - 1, 'WITHSCORES')
local list, bytes = {#dead < 2 * ARGV[1] and '1' or '0'}, 0
for i = 1, #dead, 2 do
  local uid = dead[i]
  local payload = redis.call('HGET', KEYS[2], uid)
  if payload then
    list[#list + 1] = uid
    list[#list + 1] = dead[i + 1]
    list[#list + 1] = redis.call('HGET', KEYS[3], uid) or '0'
    list[#list + 1] = redis.call('HGET', KEYS[4], uid) or ''
    list[#list + 1] = payload
    bytes = bytes + #payload
    if bytes >= tonumber(ARGV[2]) and i + 1 < #dead then
      list[1] = '0'
      break
    end
  end
end
return cmsgpack.pack(list)
`);

/**
 * A function for scripts: the uids that a step is about. ARGV 1 is "" where they follow; otherwise all that died until
 * then, in microseconds since the epoch, are meant, and "now" begins such a search.
 */
const SELECTION = `
local bound = ARGV[1]
local uids = {}
if bound == '' then
  for i = 3, #ARGV do
    uids[#uids + 1] = ARGV[i]
  end
else
  if bound == 'now' then
    local time = redis.call('TIME')
    bound = string.format('%.0f', time[1] * 1000000 + time[2])
  end
  uids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', bound, 'LIMIT', 0, ARGV[2])
end`;

/**
 * Queues dead letters again, with no attempt counted.
 *
 * KEYS    1 dead, 2 queue, 3 items, 4 attempts, 5 errors
 * ARGV    1 see SELECTION, 2 most, 3... uids
 * Returns "BOUND FOUND REQUEUED": what to give as ARGV 1 in the next step, dead letters found, and those that had a payload
 */
const requeueScript = new Script(`
${SELECTION}

-- Without effect: a full Redis refuses to push unless the script has begun to write.
redis.call('ZREM', KEYS[1], '')
local requeued, seen = {}, {}
for _, uid in ipairs(uids) do
  local isDead = not seen[uid] and redis.call('ZSCORE', KEYS[1], uid)
  if isDead and redis.call('HEXISTS', KEYS[3], uid) == 1 then
    requeued[#requeued + 1] = uid
  end
  seen[uid] = true
end
if #requeued > 0 then
  -- Before they leave their old place: should that be refused, an item in two places does no harm, one in none would.
  redis.call('LPUSH', KEYS[2], unpack(requeued))
  redis.call('HDEL', KEYS[4], unpack(requeued))
  redis.call('HDEL', KEYS[5], unpack(requeued))
end
if #uids > 0 then
  redis.call('ZREM', KEYS[1], unpack(uids))
end
return (bound == '' and '-' or bound) .. ' ' .. #uids .. ' ' .. #requeued
`);

/**
 * Deletes dead letters.
 *
 * KEYS    1 dead, 2 items, 3 attempts, 4 errors
 * ARGV    1 see SELECTION, 2 most, 3... uids
 * Returns "BOUND FOUND DELETED": what to give as ARGV 1 in the next step, dead letters found, and those deleted
 */
const deleteScript = new Script(`
${SELECTION}

-- Without effect: if Redis refuses to delete, it does so before anything has changed.
redis.call('HDEL', KEYS[2], '')
redis.call('ZREM', KEYS[1], '')
local deleted = 0
for _, uid in ipairs(uids) do
  if redis.call('ZSCORE', KEYS[1], uid) then
    redis.call('HDEL', KEYS[2], uid)
    redis.call('HDEL', KEYS[3], uid)
    redis.call('HDEL', KEYS[4], uid)
    redis.call('ZREM', KEYS[1], uid)
    deleted = deleted + 1
  end
end
return (bound == '' and '-' or bound) .. ' ' .. #uids .. ' ' .. deleted
`);

const decoder = new TextDecoder();

/** Where a list of dead letters goes on: behind this one. */
export type DeadLetterCursor = Pick<StoredDeadLetter, "uid" | "diedAt">;

/** Lists dead letters, at most `limit`, behind `after`. */
export async function listDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  limit: number,
  after?: DeadLetterCursor,
): Promise<{ letters: StoredDeadLetter[]; ended: boolean }> {
  const reply = await listScript.run(connection, {
    keys: [keys.dead, keys.items, keys.attempts, keys.errors],
    args: [limit, MAX_BYTES, after?.uid ?? "", after?.diedAt ?? ""],
    action: "list the dead letters",
  });
  const [ended, ...strings] = readStrings(reply);
  const letters: StoredDeadLetter[] = [];
  for (let i = 0; i < strings.length; i += 5) {
    const [uid, diedAt, attempts, error] = strings.slice(i, i + 4).map((text) =>
      decoder.decode(text)
    ) as [string, string, string, string];
    letters.push({
      uid,
      diedAt: Number(diedAt),
      attempts: Number(attempts),
      error,
      payload: strings[i + 4]!,
    });
  }
  return { letters, ended: decoder.decode(ended) === "1" };
}

/** Queues dead letters again, those named or all; resolves to how many. */
export function requeueDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[] | "all",
): Promise<number> {
  const { dead, queue, items, attempts, errors } = keys;
  return eachStep(uids, (args) =>
    requeueScript.run(connection, {
      keys: [dead, queue, items, attempts, errors],
      args,
      action: "requeue dead letters",
    }));
}

/** Deletes dead letters, those named or all; resolves to how many. */
export function deleteDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[] | "all",
): Promise<number> {
  const { dead, items, attempts, errors } = keys;
  return eachStep(uids, (args) =>
    deleteScript.run(connection, {
      keys: [dead, items, attempts, errors],
      args,
      action: "delete dead letters",
    }));
}

async function eachStep(
  uids: string[] | "all",
  step: (args: (string | number)[]) => Promise<Uint8Array>,
): Promise<number> {
  let sum = 0;
  if (uids !== "all") {
    for (let start = 0; start < uids.length; start += LIMIT) {
      const reply = await step(["", LIMIT, ...uids.slice(start, start + LIMIT)]);
      sum += Number(decoder.decode(reply).split(" ")[2]);
    }
    return sum;
  }
  let [until, found, changed] = ["now", "", ""] as [string, string, string];
  do {
    const reply = await step([until, LIMIT]);
    [until, found, changed] = decoder.decode(reply).split(" ") as [string, string, string];
    sum += Number(changed);
  } while (Number(found) === LIMIT);
  return sum;
}
