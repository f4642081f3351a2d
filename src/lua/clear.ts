import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { script } from "./script.ts";

/**
 * Deletes all that a queue holds. A paused queue stays paused, and who consumes it does so on.
 *
 * Returns "OK"
 */
const clearScript = script(
  ...["items", "queue", "ackbuf", "aging", "short", "popped", "claims", "named"] as const,
  ...["attempts", "errors", "delayed", "dead", "stats", "doorbell"] as const,
  ...["orderkeys", "heads", "parked", "held", "headers"] as const,
)`
redis.call('UNLINK', unpack(KEYS))
return 'OK'
`;

/** Deletes all items, in every state, and the running totals. */
export async function clear(connection: SupervisedConnection, keys: QueueKeys): Promise<void> {
  await clearScript.run(connection, keys, { args: [], action: "clear the queue" });
}
