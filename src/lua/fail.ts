import type { SupervisedConnection } from "../connections.ts";
import type { QueueKeys } from "../keys.ts";
import type { RedisArgument } from "../redis_connection.ts";
import { ringingAt } from "./doorbell.ts";
import { type Held, inFlight } from "./in_flight.ts";
import { Script } from "./script.ts";
import { countingIn } from "./totals.ts";

/** An item that could not be done. */
export interface Failure extends Held {
  /** Seconds until it is queued again. */
  delay?: number | undefined;
  /** Why, for whoever looks at the dead letters. */
  error?: string | undefined;
  /** Whether it is a dead letter already, whatever its number of attempts. */
  hopeless?: boolean;
}

/** What became of a failed item. */
export type FailOutcome = "unchanged" | "requeued" | "dead";

/**
 * Moves items from in flight back to waiting, or to the delayed, or after the last allowed attempt to the dead letters.
 * Items that are not in flight (any more), or whose lease is another by now, stay as they are.
 *
 * KEYS    1 queue, 2 items, 3 ackbuf, 4 ackbuf_aging, 5 attempts, 6 errors, 7 delayed, 8 dead, 9 stats, 10 doorbell
 * ARGV    1 allowed attempts, 0 for no limit; then of each item, at most 1,000: uid; when its lease began, or "" for any;
 *         microseconds of delay, or "" for none, or "dead"; the error's text, or ""
 * Returns one character per item: "1" requeued, "2" dead, "0" it was not in flight
 */
const script = new Script(`
${inFlight({ ackbuf: 3, aging: 4 })}
${ringingAt(10)}
${countingIn(9)}

-- Without effect: a full Redis refuses to push unless the script has begun to write.
redis.call('ZREM', KEYS[4], '')
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local allowed = tonumber(ARGV[1])
local status, requeued, held, seen = {}, {}, {}, {}
local failed, died, delayed = 0, 0, false

-- An item enters its new place before it leaves the old one: should that be refused, an item in two places does no
-- harm, one in none would.
local function move(uid, delay, text)
  local attempts = (redis.call('HGET', KEYS[5], uid) or 0) + 1
  if delay == 'dead' or (allowed > 0 and attempts >= allowed) then
    redis.call('ZADD', KEYS[8], string.format('%.0f', now), uid)
    died = died + 1
  elseif delay ~= '' then
    redis.call('ZADD', KEYS[7], string.format('%.0f', now + delay), uid)
    delayed = true
  else
    requeued[#requeued + 1] = uid
  end
  redis.call('HSET', KEYS[5], uid, attempts)
  if text ~= '' then
    redis.call('HSET', KEYS[6], uid, text)
  end
  failed = failed + 1
end

for i = 2, #ARGV, 4 do
  local uid, diedBefore = ARGV[i], died
  local outcome = '0'
  if not seen[uid] and isHeld(uid, ARGV[i + 1]) then
    held[#held + 1] = uid
    if redis.call('HEXISTS', KEYS[2], uid) == 1 then
      move(uid, ARGV[i + 2], ARGV[i + 3])
      outcome = died > diedBefore and '2' or '1'
    end
  end
  seen[uid] = true
  status[#status + 1] = outcome
end
if #requeued > 0 then
  redis.call('LPUSH', KEYS[1], unpack(requeued))
end
leave(held)
if delayed then
  ring(redis.call('ZRANGE', KEYS[7], 0, 0, 'WITHSCORES')[2])
end
total('failed', failed)
total('dead', died)
return table.concat(status)
`);

const OUTCOMES: FailOutcome[] = ["unchanged", "requeued", "dead"];

/** Fails items, at most 1,000; resolves to what became of each, in order. */
export async function fail(
  connection: SupervisedConnection,
  keys: QueueKeys,
  failures: Failure[],
  maxAttempts = 0,
): Promise<FailOutcome[]> {
  const args: RedisArgument[] = [maxAttempts];
  for (const { uid, lease = "", delay = 0, error = "", hopeless = false } of failures) {
    const microseconds = delay > 0 ? Math.round(delay * 1e6) : "";
    args.push(uid, lease, hopeless ? "dead" : microseconds, error);
  }
  const reply = await script.run(connection, {
    keys: [
      ...[keys.queue, keys.items, keys.ackbuf, keys.aging],
      ...[keys.attempts, keys.errors, keys.delayed, keys.dead, keys.stats, keys.doorbell],
    ],
    args,
    action: failures.length === 1 ? "fail an item" : `fail ${failures.length} items`,
  });
  if (reply.length !== failures.length) {
    throw new RangeError(`A script answered ${reply.length} statuses for ${failures.length} items`);
  }
  return Array.from(reply, (status) => OUTCOMES[status - ZERO]!);
}

const ZERO = "0".charCodeAt(0);
