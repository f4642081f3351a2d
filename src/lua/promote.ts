import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { millisecondsOf, promotion } from "./parts/promotion.ts";
import { script } from "./script.ts";

/**
 * Queues the delayed items that are due, and looks when to do so again.
 *
 * Returns microseconds until the next item is due, "0" where there may be more that are, "none" where there is none
 */
const promoteScript = script()`
${promotion}

-- Rehearsal, see script.ts.
redis.call('ZREM', DELAYED, '')
local wait = promote()
return wait == '' and 'none' or wait
`;

const decoder = new TextDecoder();

/** Queues the delayed items that are due; resolves to the milliseconds until the next one is, `undefined` for none. */
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
