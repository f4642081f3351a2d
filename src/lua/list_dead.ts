import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { MAX_BYTES } from "./limits.ts";
import { readStrings } from "./message_pack.ts";
import { readingOrderKeys } from "./parts/order_keys.ts";
import { readScore } from "./score.ts";
import { script } from "./script.ts";
import { isYes } from "./statuses.ts";

/** A dead letter as Redis holds it. */
export interface StoredDeadLetter {
  uid: string;
  payload: Uint8Array;
  attempts: number;
  /** Text of the last error; "" if there is none. */
  error: string;
  orderKey: string | undefined;
  /** As JSON; "" for none. */
  headers: string;
  /** In microseconds since the epoch. */
  diedAt: number;
}

/** The last dead letter of a list. The next list begins after it. */
export type DeadLetterCursor = Pick<StoredDeadLetter, "uid" | "diedAt">;

/**
 * Lists dead letters, the longest dead first.
 *
 * ARGV    1 limit of dead letters, 2 bytes of payloads and headers after which to end, 3 size in bytes from which a payload is left
 *         out, "" for none, 4 uid and 5 time of the last one listed, or "" for the first list
 * Returns MessagePack array: "1" if the list has ended, or "0"; then for each dead letter: uid, time of death in
 *         microseconds since the epoch, failed deliveries, error, order key or "", headers or "", payload
 */
const listScript = script("dead", "items", "attempts", "errors", "orderkeys", "headers")`
${readingOrderKeys}
local first = 0
if ARGV[4] ~= '' then
  local rank = redis.call('ZRANK', DEAD, ARGV[4])
  -- If it is gone, the list goes on with those that died at the same time.
  first = rank and rank + 1 or redis.call('ZCOUNT', DEAD, '-inf', '(' .. ARGV[5])
end
local dead = redis.call('ZRANGE', DEAD, first, first + ARGV[1] - 1, 'WITHSCORES')
-- A key counts as often as it is named: so one number tells which of these exist.
local which = #dead > 0 and redis.call('EXISTS', ORDERKEYS, HEADERS, HEADERS) or 0
local isOrdered, hasHeaders = which % 2 == 1, which > 1
local tooLarge = tonumber(ARGV[3])
local list, bytes = {#dead < 2 * ARGV[1] and '1' or '0'}, 0
for i = 1, #dead, 2 do
  local uid = dead[i]
  local isFit = not tooLarge or redis.call('HSTRLEN', ITEMS, uid) < tooLarge
  local payload = isFit and redis.call('HGET', ITEMS, uid)
  if payload then
    list[#list + 1] = uid
    list[#list + 1] = dead[i + 1]
    list[#list + 1] = redis.call('HGET', ATTEMPTS, uid) or '0'
    list[#list + 1] = redis.call('HGET', ERRORS, uid) or ''
    list[#list + 1] = isOrdered and orderKeysOf({uid})[1] or ''
    local headers = hasHeaders and redis.call('HGET', HEADERS, uid) or ''
    list[#list + 1] = headers
    list[#list + 1] = payload
    bytes = bytes + #payload + #headers
    if bytes >= tonumber(ARGV[2]) and i + 1 < #dead then
      list[1] = '0'
      break
    end
  end
end
return cmsgpack.pack(list)
`;

const decoder = new TextDecoder();

/** Lists up to `limit` dead letters after the one of the cursor. */
export async function listDead(
  connection: SupervisedConnection,
  keys: QueueKeys,
  limit: number,
  after?: DeadLetterCursor,
): Promise<{ letters: StoredDeadLetter[]; ended: boolean }> {
  const argsOf = (maxBytes: number, tooLarge: number | "") => [
    ...[limit, maxBytes, tooLarge],
    ...[after?.uid ?? "", after?.diedAt ?? ""],
  ];
  const reply = await listScript.run(connection, keys, {
    args: argsOf(MAX_BYTES, ""),
    // Redis may have closed the connection because the answer was too large: ask for less.
    argsAfter: (lost) => argsOf(MAX_BYTES / 4 ** lost, MAX_BYTES / 4 ** lost),
    action: "list the dead letters",
  });
  const [ended, ...strings] = readStrings(reply);
  const letters: StoredDeadLetter[] = [];
  for (let i = 0; i < strings.length; i += 7) {
    const [uid, diedAt, attempts, error, orderKey, headers] = strings.slice(i, i + 6).map((text) =>
      decoder.decode(text)
    ) as [string, string, string, string, string, string];
    letters.push({
      uid,
      diedAt: readScore(diedAt),
      attempts: Number(attempts),
      error,
      orderKey: orderKey || undefined,
      headers,
      payload: strings[i + 6]!,
    });
  }
  return { letters, ended: isYes(ended!) };
}
