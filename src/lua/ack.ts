import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import { Script } from "./script.ts";
import { readStatuses } from "./statuses.ts";
import { countingIn } from "./totals.ts";

/**
 * Deletes items that are done. One whose lease ran out is deleted wherever it is by then: without its payload, a uid
 * that still waits in the queue is dropped when its turn comes.
 *
 * KEYS    1 items, 2 ackbuf, 3 ackbuf_aging, 4 stats, 5 attempts, 6 errors, 7 delayed, 8 dead
 * ARGV    uids, at most 1,000
 * Returns one character per uid: "1" deleted, "0" there was no such item
 */
const script = new Script(`
${countingIn(4)}

-- Without effect: if Redis refuses to delete, it does so before anything has changed.
redis.call('HDEL', KEYS[1], '')
if redis.call('EXISTS', KEYS[5], KEYS[7], KEYS[8]) > 0 then
  redis.call('HDEL', KEYS[5], unpack(ARGV))
  redis.call('HDEL', KEYS[6], unpack(ARGV))
  redis.call('ZREM', KEYS[7], unpack(ARGV))
  redis.call('ZREM', KEYS[8], unpack(ARGV))
end
if redis.call('ZREM', KEYS[3], unpack(ARGV)) == #ARGV then
  redis.call('HDEL', KEYS[1], unpack(ARGV))
  total('acked', #ARGV)
  return string.rep('1', #ARGV)
end
local status, acked = {}, 0
for i, uid in ipairs(ARGV) do
  local deleted = redis.call('HDEL', KEYS[1], uid)
  -- A blocking pop's uid stays in ackbuf until its lease is stamped; a Python consumer's until its cleaner runs.
  redis.call('LREM', KEYS[2], 0, uid)
  status[i] = deleted == 1 and '1' or '0'
  acked = acked + deleted
end
total('acked', acked)
return table.concat(status)
`);

/** Deletes the items `uids`, at most 1,000; resolves to which of them there were, in order. */
export async function ack(
  connection: SupervisedConnection,
  keys: QueueKeys,
  uids: string[],
): Promise<boolean[]> {
  const reply = await script.run(connection, {
    keys: [
      ...[keys.items, keys.ackbuf, keys.aging, keys.stats],
      ...[keys.attempts, keys.errors, keys.delayed, keys.dead],
    ],
    args: uids,
    action: uids.length === 1 ? "ack an item" : `ack ${uids.length} items`,
  });
  return readStatuses(reply, uids.length);
}
