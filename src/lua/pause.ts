import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import { clock } from "./parts/clock.ts";
import { doorbell, withoutMute } from "./parts/doorbell.ts";
import { script } from "./script.ts";
import { isYes } from "./statuses.ts";

/**
 * Pauses or resumes a queue for all its consumers. Those that wait for the end of the pause hear the doorbell.
 *
 * ARGV    1 "1" to pause, "0" to resume
 * Returns "1" if this changed something, or "0"; then `mute`, see doorbell.ts
 */
const pauseScript = script("paused")`
${clock}
${doorbell}

local was = redis.call('EXISTS', PAUSED)
if tostring(was) == ARGV[1] then
  return '0'
end
if ARGV[1] == '1' then
  redis.call('SET', PAUSED, '1')
else
  redis.call('DEL', PAUSED)
  ring(text(now))
end
return '1' .. mute
`;

/** Pauses or resumes the queue. Resolves to whether this changed something. */
export async function pause(
  connection: SupervisedConnection,
  keys: QueueKeys,
  paused: boolean,
): Promise<boolean> {
  const reply = await pauseScript.run(connection, keys, {
    args: [paused ? "1" : "0"],
    action: paused ? "pause the queue" : "resume the queue",
  });
  return isYes(withoutMute(reply, connection));
}
