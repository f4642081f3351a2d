import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { script } from "./script.ts";

/**
 * Notes that an instance consumes no more.
 *
 * ARGV    1 id of the instance
 * Returns "OK"
 */
const departScript = script("consumers", "notes")`
redis.call('ZREM', CONSUMERS, ARGV[1])
redis.call('HDEL', NOTES, ARGV[1])
return 'OK'
`;

/** Takes an instance from those that consume. */
export async function depart(
  connection: SupervisedConnection,
  keys: QueueKeys,
  id: string,
): Promise<void> {
  await departScript.run(connection, keys, { args: [id], action: "say who consumes no more" });
}
