import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { claimNotes, type ClaimsRead } from "./parts/claim_notes.ts";
import { script } from "./script.ts";

/**
 * Puts back in front what was popped, and what this instance claimed and nobody read. Forgets the instance when it ends.
 *
 * ARGV    1 instance, 2 number of its last claim that was read, 3 number of its last claim that was read or given up,
 *         4 "1" if the instance ends
 * Returns "OK"
 */
const recallScript = script("aging", "claims")`
${claimNotes}

-- Rehearsal, see script.ts.
redis.call('ZREM', AGING, '')
gatherPopped()
recall(ARGV[1], ARGV[2], ARGV[3])
if ARGV[4] == '1' then
  redis.call('HDEL', CLAIMS, ARGV[1], touchField(ARGV[1]))
end
return 'OK'
`;

/** Gives back what nobody read. `ends` tells that this is the instance's last call. */
export async function recall(
  connection: SupervisedConnection,
  keys: QueueKeys,
  { instance, read, upTo }: ClaimsRead,
  ends: boolean,
): Promise<void> {
  await recallScript.run(connection, keys, {
    args: [instance, read, upTo, ends ? 1 : 0],
    action: "give back what nobody took",
  });
}
