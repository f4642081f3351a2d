import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/**
 * Deletes a queue with all its items.
 *
 * KEYS    all keys of the queue
 * Returns "OK"
 */
const script = new Script(`
redis.call('UNLINK', unpack(KEYS))
return 'OK'
`);

/** Deletes all items, waiting or in flight. */
export async function clear(connection: SupervisedConnection, keys: QueueKeys): Promise<void> {
  await script.run(connection, {
    keys: Object.values(keys),
    args: [],
    action: "clear the queue",
  });
}
