import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/**
 * Deletes a queue with all its items, and all that is known of them. A paused queue stays paused.
 *
 * KEYS    all keys of the queue but that of the pause
 * Returns "OK"
 */
const script = new Script(`
redis.call('UNLINK', unpack(KEYS))
return 'OK'
`);

/** Deletes all items, whatever their state, and the running totals. */
export async function clear(connection: SupervisedConnection, keys: QueueKeys): Promise<void> {
  const { paused: _, ...rest } = keys;
  await script.run(connection, {
    keys: Object.values(rest),
    args: [],
    action: "clear the queue",
  });
}
