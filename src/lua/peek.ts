import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { MAX_BYTES } from "./limits.ts";
import { readStrings } from "./message_pack.ts";
import { overtaking } from "./parts/turns.ts";
import { waiting } from "./parts/waiting.ts";
import { script } from "./script.ts";

/** Limit of uids to look at in each list: those without payload are passed over. */
const MOST_LOOKS = 10_000;

/**
 * Reads the items that will be claimed next, and changes nothing. It passes over those that have to wait for an item with the
 * same order key.
 *
 * ARGV    1 limit of items, 1,000 or less, 2 bytes of payload after which to end, 3 size in bytes from which a payload is
 *         left out, with its item
 * Returns MessagePack array: uid, payload, headers or "", uid, ...; the next item comes first
 */
const peekScript = script("items", "orderkeys", "headers")`
${waiting}
${overtaking}
-- A key counts as often as it is named: so one number tells which of these exist.
local which = redis.call('EXISTS', ORDERKEYS, HEADERS, HEADERS)
local isOrdered, hasHeaders = which % 2 == 1, which > 1
local max, maxBytes, tooLarge = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local items, bytes = {}, 0

eachWaiting(${MOST_LOOKS}, function(uid)
  local size = redis.call('HSTRLEN', ITEMS, uid)
  local isNext = not (isOrdered and isOvertaken(uid))
  local payload = isNext and size < tooLarge and redis.call('HGET', ITEMS, uid)
  if payload then
    items[#items + 1] = uid
    items[#items + 1] = payload
    local headers = hasHeaders and redis.call('HGET', HEADERS, uid) or ''
    items[#items + 1] = headers
    bytes = bytes + #payload + #headers
  end
  return #items >= 3 * max or bytes >= maxBytes
end)
return cmsgpack.pack(items)
`;

const decoder = new TextDecoder();

/** An item as Redis holds it. */
export interface StoredItem {
  uid: string;
  payload: Uint8Array;
  /** As JSON; "" for none. */
  headers: string;
}

/** Reads the next items, up to `max`, which is 1,000 or less. */
export async function peek(
  connection: SupervisedConnection,
  keys: QueueKeys,
  max: number,
): Promise<StoredItem[]> {
  const reply = await peekScript.run(connection, keys, {
    args: [max, MAX_BYTES, Number.MAX_SAFE_INTEGER],
    // Redis may have closed the connection because the answer was too large: ask for less.
    argsAfter: (lost) => [max, MAX_BYTES / 4 ** lost, MAX_BYTES / 4 ** lost],
    action: "look at the next items",
  });
  const strings = readStrings(reply);
  const items: StoredItem[] = [];
  for (let i = 0; i < strings.length; i += 3) {
    items.push({
      uid: decoder.decode(strings[i]!),
      payload: strings[i + 1]!,
      headers: decoder.decode(strings[i + 2]!),
    });
  }
  return items;
}
