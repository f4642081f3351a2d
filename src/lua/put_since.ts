import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { ClaimedItem } from "./claimed.ts";
import type { QueueKeys } from "./keys.ts";
import { puttingAgain } from "./parts/put_again.ts";
import { script } from "./script.ts";
import { isYes } from "./statuses.ts";

/**
 * Tells whether an item was put after a time, see {@linkcode puttingAgain}.
 *
 * ARGV    1 uid, 2 microseconds since the epoch
 * Returns "1" if it was put after that time, or "0"
 */
const putSinceScript = script()`
${puttingAgain}
return wasPutAgain(ARGV[1], ARGV[2]) and '1' or '0'
`;

/** Resolves to whether another item was put under the uid since it was claimed. */
export async function putSince(
  connection: SupervisedConnection,
  keys: QueueKeys,
  { uid, claim }: Pick<ClaimedItem, "uid" | "claim">,
): Promise<boolean> {
  const reply = await putSinceScript.run(connection, keys, {
    args: [uid, claim.at],
    action: "look whether an item was put again",
  });
  return isYes(reply);
}
