import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { ACK_OUTCOMES, ackArguments, type AckOutcome, acks, type DoneItem } from "./parts/acks.ts";
import { script } from "./script.ts";
import { readOutcomes } from "./statuses.ts";

/**
 * Deletes items that are done.
 *
 * ARGV    and what it returns: see {@linkcode acks}
 */
const ackScript = script()`
${acks}
return ackAll(1)
`;

/** Acks items, at most 1,000. Resolves to what became of each, in order. A claim can do the same, see `claim.ts`. */
export async function ack(
  connection: SupervisedConnection,
  keys: QueueKeys,
  items: DoneItem[],
): Promise<AckOutcome[]> {
  const reply = await ackScript.run(connection, keys, {
    args: ackArguments(items),
    action: actionOn("ack", items.length),
  });
  return readOutcomes(reply, items.length, ACK_OUTCOMES);
}
