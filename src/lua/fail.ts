import { actionOn } from "./action_text.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import type { QueueKeys } from "./keys.ts";
import type { RedisArgument } from "../connection/redis_connection.ts";
import { attemptCount } from "./parts/attempts.ts";
import { doorbell, withoutMute } from "./parts/doorbell.ts";
import { type ItemLease, leases, microsecondsOf } from "./parts/leases.ts";
import { script } from "./script.ts";
import { readOutcomes } from "./statuses.ts";
import { dyingInOrder } from "./parts/turns.ts";
import { totals } from "./parts/totals.ts";

/** An item whose work failed. */
export interface Failure extends ItemLease {
  /** Seconds until the item is queued again. */
  delay?: number | undefined;
  /** Why, for those who look at the dead letters. */
  error?: string | undefined;
  /** Makes it a dead letter now, whatever its number of attempts. */
  hopeless?: boolean;
}

/** What became of a failed item. */
export type FailOutcome = "unchanged" | "requeued" | "dead";

/**
 * Moves items from in flight to waiting, to delayed, or after the last allowed attempt to dead. An item that is not in flight,
 * or that has another lease by now, stays as it is.
 *
 * ARGV    1 allowed attempts, 0 for no limit; 2 "hold" if dead letters keep their turns, or "continue"; then for each item, at most 1,000: uid; its lease, or "" for any lease;
 *         microseconds of delay, or "" for none, or "dead"; text of the error, or ""
 * Returns one character per item: "1" requeued or delayed, "2" dead, "0" not in flight; then `mute`, see doorbell.ts
 */
const failScript = script(
  ...["queue", "items", "aging", "attempts", "errors", "delayed", "dead", "orderkeys"] as const,
)`
${attemptCount}
${leases}
${doorbell}
${totals}

-- Rehearsal, see script.ts.
redis.call('ZREM', AGING, '')
local allowed = tonumber(ARGV[1])
local status, requeued, held, seen = {}, {}, {}, {}
local failed, died, delayed = 0, {}, false

-- New place first, see script.ts.
local function move(uid, delay, reason)
  local attempts = countOf(redis.call('HGET', ATTEMPTS, uid)) + 1
  if delay == 'dead' or (allowed > 0 and attempts >= allowed) then
    redis.call('ZADD', DEAD, text(now), uid)
    died[#died + 1] = uid
  elseif delay ~= '' then
    redis.call('ZADD', DELAYED, text(now + delay), uid)
    delayed = true
  else
    requeued[#requeued + 1] = uid
  end
  redis.call('HSET', ATTEMPTS, uid, attempts)
  if reason ~= '' then
    redis.call('HSET', ERRORS, uid, reason)
  end
  failed = failed + 1
end

for i = 3, #ARGV, 4 do
  local uid, diedBefore = ARGV[i], #died
  local outcome = '0'
  if not seen[uid] and isHeld(uid, ARGV[i + 1]) then
    held[#held + 1] = uid
    if redis.call('HEXISTS', ITEMS, uid) == 1 then
      move(uid, ARGV[i + 2], ARGV[i + 3])
      outcome = #died > diedBefore and '2' or '1'
    end
  end
  seen[uid] = true
  status[#status + 1] = outcome
end
if #requeued > 0 then
  redis.call('LPUSH', QUEUE, unpack(requeued))
end
endLeases(held)
if #died > 0 and redis.call('EXISTS', ORDERKEYS) == 1 then
  ${dyingInOrder}
  dieInOrder(died, ARGV[2])
end
if delayed then
  ringForNext()
end
total('failed', failed)
total('dead', #died)
return table.concat(status) .. mute
`;

const OUTCOMES: FailOutcome[] = ["unchanged", "requeued", "dead"];

/** When an item becomes a dead letter, and what that means for the items behind it. */
export interface DeathTerms {
  /** How many deliveries an item may have; 0 for no limit. */
  maxAttempts?: number;
  /** Whether a dead letter holds up the items with its order key. Default: "continue". */
  onDead?: "hold" | "continue";
}

/** Fails items, at most 1,000. Resolves to what became of each, in order. */
export async function fail(
  connection: SupervisedConnection,
  keys: QueueKeys,
  failures: Failure[],
  { maxAttempts = 0, onDead = "continue" }: DeathTerms = {},
): Promise<FailOutcome[]> {
  const args: RedisArgument[] = [maxAttempts, onDead];
  for (const { uid, lease = "", delay = 0, error = "", hopeless = false } of failures) {
    args.push(uid, lease, hopeless ? "dead" : delay > 0 ? microsecondsOf(delay) : "", error);
  }
  const reply = await failScript.run(connection, keys, {
    args,
    action: actionOn("fail", failures.length),
  });
  return readOutcomes(withoutMute(reply, connection), failures.length, OUTCOMES);
}
