import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { readStrings } from "./message_pack.ts";
import { Script } from "./script.ts";

/** The answer stops at about so many bytes of payload. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads the items that are the next to be claimed, and changes nothing.
 *
 * KEYS    1 queue, 2 items
 * ARGV    1 most items, at most 1,000, 2 bytes of payload after which to stop
 * Returns MessagePack array: uid, payload, uid, payload, ..., the next item first
 */
const script = new Script(`
local uids = redis.call('LRANGE', KEYS[1], -tonumber(ARGV[1]), -1)
local items, bytes = {}, 0
for i = #uids, 1, -1 do
  local payload = redis.call('HGET', KEYS[2], uids[i])
  if payload then
    items[#items + 1] = uids[i]
    items[#items + 1] = payload
    bytes = bytes + #payload
    if bytes >= tonumber(ARGV[2]) then
      break
    end
  end
end
return cmsgpack.pack(items)
`);

const decoder = new TextDecoder();

/** Reads the next items, at most 1,000. */
export async function peek(
  connection: SupervisedConnection,
  keys: QueueKeys,
  max: number,
): Promise<{ uid: string; payload: Uint8Array }[]> {
  const reply = await script.run(connection, {
    keys: [keys.queue, keys.items],
    args: [max, MAX_BYTES],
    action: "look at the next items",
  });
  const strings = readStrings(reply);
  const items: { uid: string; payload: Uint8Array }[] = [];
  for (let i = 0; i < strings.length; i += 2) {
    items.push({ uid: decoder.decode(strings[i]!), payload: strings[i + 1]! });
  }
  return items;
}
