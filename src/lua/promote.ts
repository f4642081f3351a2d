import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { millisecondsOf, promotion } from "./parts/promotion.ts";
import { script } from "./script.ts";

/**
 * Queues the delayed items that are due, and tells when the next one is.
 *
 * Returns microseconds until the next item is due, "0" if there may be more that are due now, "none" if there is no other
 */
const promoteScript = script()`
${promotion}

-- Rehearsal, see script.ts.
redis.call('ZREM', DELAYED, '')
local wait = promote()
return wait == '' and 'none' or wait
`;

const decoder = new TextDecoder();

/** Queues the delayed items that are due. Resolves to the milliseconds until the next one is due; `undefined` for none. */
export async function promote(
  connection: SupervisedConnection,
  keys: QueueKeys,
): Promise<number | undefined> {
  const reply = await promoteScript.run(connection, keys, {
    args: [],
    action: "queue the items that are due",
  });
  return millisecondsOf(decoder.decode(reply));
}
