import type { RedisArgument } from "../connection/redis_connection.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { actionOn } from "./action_text.ts";
import type { QueueKeys } from "./keys.ts";
import { doorbell, withoutMute } from "./parts/doorbell.ts";
import type { StoredEntry } from "./parts/entries.ts";
import { storing } from "./parts/storing.ts";
import { script } from "./script.ts";
import { readStatuses } from "./statuses.ts";

/** An item of an export. */
export interface ExportedEntry extends Omit<StoredEntry, "head"> {
  /** Whether it has the turn of its order key. */
  turn: boolean;
}

/**
 * Stores items of an export, each in its state; those that were in flight wait. An item whose uid the queue has stays as it is, so
 * the script changes nothing twice.
 *
 * ARGV    for each item, at most 500: uid, payload, state, microseconds since the epoch when it is due or died or "", failed
 *         deliveries, error or "", microseconds since the epoch when it was put under a chosen uid or "", order key or "", "1" if
 *         it has the turn of that or "", headers or ""
 * Returns one character per item: "1" stored, "0" it was there already; then `mute`, see doorbell.ts
 */
const restoreScript = script()`
${storing("")}
${doorbell}

-- Rehearsal, see script.ts.
redis.call('HDEL', ITEMS, '')
local status, isAnyDelayed = {}, false
for i = 1, #ARGV, 10 do
  local state = ARGV[i + 2]
  if redis.call('HEXISTS', ITEMS, ARGV[i]) == 1 then
    status[#status + 1] = '0'
  else
    store({
      uid = ARGV[i],
      payload = ARGV[i + 1],
      state = state,
      time = ARGV[i + 3],
      attempts = ARGV[i + 4],
      err = ARGV[i + 5],
      named = ARGV[i + 6],
      key = ARGV[i + 7],
      turn = ARGV[i + 8] ~= '',
      headers = ARGV[i + 9],
    })
    status[#status + 1] = '1'
    isAnyDelayed = isAnyDelayed or state == 'delayed'
  end
end
if isAnyDelayed then
  ringForNext()
end
return table.concat(status) .. mute
`;

/** Stores items, at most 500. Resolves to which of them are new. */
export async function restore(
  connection: SupervisedConnection,
  keys: QueueKeys,
  entries: ExportedEntry[],
): Promise<boolean[]> {
  const args: RedisArgument[] = [];
  let weight = 0;
  for (const entry of entries) {
    const { uid, payload, state, time, attempts, error, namedAt, orderKey, turn, headers } = entry;
    args.push(uid, payload, state, time ?? "", attempts, error, namedAt ?? "", orderKey ?? "");
    args.push(turn ? "1" : "", headers ?? "");
    weight += payload.length;
  }
  const action = actionOn("import", entries.length);
  const reply = await restoreScript.run(connection, keys, { args, action, weight });
  return readStatuses(withoutMute(reply, connection), entries.length);
}
