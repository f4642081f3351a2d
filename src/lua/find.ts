import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { MessageReader } from "./message_pack.ts";
import { entries, readEntries, type StoredEntry } from "./parts/entries.ts";
import { script } from "./script.ts";

/**
 * Finds an item by its uid, whatever its state.
 *
 * ARGV    1 uid
 * Returns MessagePack array with its entry, see {@linkcode entries}; empty if there is no such item
 */
const findScript = script("items")`
${entries}
local uid, list = ARGV[1], {}
local payload = redis.call('HGET', ITEMS, uid)
if payload then
  local states, times = statesOf({uid})
  addEntry(list, uid, states[1], times[1], payload)
end
return cmsgpack.pack(list)
`;

/** Resolves to all that is known of an item; `undefined` if there is none. */
export async function find(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uid: string,
): Promise<StoredEntry | undefined> {
  const reply = await findScript.run(connection, keys, { args: [uid], action: "find an item" });
  const reader = new MessageReader(reply);
  const [entry] = readEntries(reader);
  reader.end();
  return entry;
}
