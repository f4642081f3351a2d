import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";

/** How many items are in which state. */
export interface Counts {
  waiting: number;
  inFlight: number;
}

/**
 * Counts the items at one moment.
 *
 * KEYS    1 queue, 2 ackbuf, 3 ackbuf_aging
 * Returns "WAITING INFLIGHT"
 */
const script = new Script(`
local inFlight = redis.call('LLEN', KEYS[2])
inFlight = inFlight + redis.call('ZCARD', KEYS[3])
return redis.call('LLEN', KEYS[1]) .. ' ' .. inFlight
`);

const decoder = new TextDecoder();

/** Counts the items that wait and those in flight. */
export async function counts(connection: SupervisedConnection, keys: QueueKeys): Promise<Counts> {
  const reply = await script.run(connection, {
    keys: [keys.queue, keys.ackbuf, keys.aging],
    args: [],
    action: "count the items",
  });
  const [waiting, inFlight] = decoder.decode(reply).split(" ").map(Number) as [number, number];
  return { waiting, inFlight };
}
