import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/**
 * Pauses a queue for all its consumers, or lets them go on.
 *
 * KEYS    1 paused
 * ARGV    1 "1" to pause, "0" to go on
 * Returns "1" if that changed something, or "0"
 */
const script = new Script(`
local was = redis.call('EXISTS', KEYS[1])
if tostring(was) == ARGV[1] then
  return '0'
end
if ARGV[1] == '1' then
  redis.call('SET', KEYS[1], '1')
else
  redis.call('DEL', KEYS[1])
end
return '1'
`);

/** Pauses the queue, or lets it go on; resolves to whether that changed something. */
export async function pause(
  connection: SupervisedConnection,
  keys: QueueKeys,
  paused: boolean,
): Promise<boolean> {
  const reply = await script.run(connection, {
    keys: [keys.paused],
    args: [paused ? "1" : "0"],
    action: paused ? "pause the queue" : "resume the queue",
  });
  return reply[0] === YES;
}

const YES = "1".charCodeAt(0);
