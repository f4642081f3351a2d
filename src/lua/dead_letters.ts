import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { readStrings } from "./message_pack.ts";
import { clock } from "./parts/clock.ts";
import { forgetting } from "./parts/forget.ts";
import { readScore } from "./score.ts";
import { part, script } from "./script.ts";

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
 * ARGV    1 most, 2 bytes of payload after which to stop, 3 bytes from which a payload is left out, 4 uid and 5 time of
 *         the last one listed, "" at the beginning
 * Returns MessagePack array: "1" the list has ended or "0", then of each: uid, time of death in microseconds since the
 *         epoch, failed deliveries, error, payload
 */
const listScript = script("dead", "items", "attempts", "errors")`
local first = 0
if ARGV[4] ~= '' then
  local rank = redis.call('ZRANK', DEAD, ARGV[4])
  -- It may be gone by now: then the list goes on with those that died when it did.
  first = rank and rank + 1 or redis.call('ZCOUNT', DEAD, '-inf', '(' .. ARGV[5])
end
local dead = redis.call('ZRANGE', DEAD, first, first + ARGV[1] - 1, 'WITHSCORES')
local list, bytes = {#dead < 2 * ARGV[1] and '1' or '0'}, 0
for i = 1, #dead, 2 do
  local uid = dead[i]
  local size = redis.call('HSTRLEN', ITEMS, uid)
  local payload = size < tonumber(ARGV[3]) and redis.call('HGET', ITEMS, uid)
  if payload then
    list[#list + 1] = uid
    list[#list + 1] = dead[i + 1]
    list[#list + 1] = redis.call('HGET', ATTEMPTS, uid) or '0'
    list[#list + 1] = redis.call('HGET', ERRORS, uid) or ''
    list[#list + 1] = payload
    bytes = bytes + #payload
    if bytes >= tonumber(ARGV[2]) and i + 1 < #dead then
      list[1] = '0'
      break
    end
  end
end
return cmsgpack.pack(list)
`;

/**
 * `uids` are those that a step is about. ARGV 1 is "" where they follow; otherwise all that died until then, in microseconds
 * since the epoch, are meant, and "now" begins such a search. `bound` is what to give as ARGV 1 in the next step.
 */
const selection = part("dead")`
${clock}
local bound = ARGV[1]
local uids = {}
if bound == '' then
  bound = '-'
  for i = 3, #ARGV do
    uids[#uids + 1] = ARGV[i]
  end
else
  if bound == 'now' then
    bound = text(now)
  end
  uids = redis.call('ZRANGEBYSCORE', DEAD, '-inf', bound, 'LIMIT', 0, ARGV[2])
end`;

/**
 * Queues dead letters again, with no attempt counted.
 *
 * ARGV    1 see selection, 2 most, 3... uids
 * Returns "BOUND FOUND REQUEUED": what to give as ARGV 1 in the next step, dead letters found, and those that had a payload
 */
const requeueScript = script("queue", "items", "attempts", "errors")`
${selection}

-- Rehearsal.
redis.call('ZREM', DEAD, '')
local requeued, seen = {}, {}
for _, uid in ipairs(uids) do
  local isDead = not seen[uid] and redis.call('ZSCORE', DEAD, uid)
  if isDead and redis.call('HEXISTS', ITEMS, uid) == 1 then
    requeued[#requeued + 1] = uid
  end
  seen[uid] = true
end
-- New place first.
if #requeued > 0 then
  redis.call('LPUSH', QUEUE, unpack(requeued))
  redis.call('HDEL', ATTEMPTS, unpack(requeued))
  redis.call('HDEL', ERRORS, unpack(requeued))
end
if #uids > 0 then
  redis.call('ZREM', DEAD, unpack(uids))
end
return bound .. ' ' .. #uids .. ' ' .. #requeued
`;

/**
 * Deletes dead letters.
 *
 * ARGV    1 see selection, 2 most, 3... uids
 * Returns "BOUND FOUND DELETED": what to give as ARGV 1 in the next step, dead letters found, and those deleted
 */
const deleteScript = script("items")`
${selection}
${forgetting}

-- Rehearsal.
redis.call('HDEL', ITEMS, '')
local deleted = 0
for _, uid in ipairs(uids) do
  if redis.call('ZSCORE', DEAD, uid) then
    forget({uid})
    redis.call('HDEL', ITEMS, uid)
    deleted = deleted + 1
  end
end
return bound .. ' ' .. #uids .. ' ' .. deleted
`;

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
  const argsOf = (maxBytes: number, tooLarge: number) => [
    ...[limit, maxBytes, tooLarge],
    ...[after?.uid ?? "", after?.diedAt ?? ""],
  ];
  const reply = await listScript.run(connection, keys, {
    args: argsOf(MAX_BYTES, Number.MAX_SAFE_INTEGER),
    // An answer that Redis could not deliver: less of it may pass.
    argsAfter: (lost) => argsOf(MAX_BYTES / 4 ** lost, MAX_BYTES / 4 ** lost),
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
      diedAt: readScore(diedAt),
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
  return eachStep(
    uids,
    (args) => requeueScript.run(connection, keys, { args, action: "requeue dead letters" }),
  );
}

/** Deletes dead letters, those named or all; resolves to how many. */
export function deleteDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[] | "all",
): Promise<number> {
  return eachStep(
    uids,
    (args) => deleteScript.run(connection, keys, { args, action: "delete dead letters" }),
  );
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
