import type { SupervisedConnection } from "../../connection/supervised_connection.ts";
import { part } from "../script.ts";

/**
 * `ring(due)` tells waiting consumers of a time at which they have something to do, and `ringForNext()` of that when the
 * next delayed item is due. Without it they would notice up to their `idleInterval` too late. They read the end of the
 * stream; the id of an entry is Redis's time in milliseconds.
 *
 * It is only a hint, and not every server has streams: what is done is never refused for it. So scripts ring at their end,
 * ignore any error, also where `redis.pcall` throws one, and append `mute` to their answer.
 */
export const doorbell = doorbellOf("");

/** The same for the queue to which a script moves items, with the prefix "to_". */
export function doorbellOf(to: "" | "to_") {
  const prefix = to.toUpperCase();
  return part(`${to}doorbell`, `${to}delayed`)`
local mute = ''
local function ring(due)
  local ran, id = pcall(redis.pcall, 'XADD', ${prefix}DOORBELL, 'MAXLEN', 1, '*', 'due', due)
  if not ran or type(id) ~= 'string' then
    mute = '-'
  end
  pcall(redis.pcall, 'EXPIRE', ${prefix}DOORBELL, 10)
end

local function ringForNext()
  local ran, next = pcall(redis.pcall, 'ZRANGE', ${prefix}DELAYED, 0, 0, 'WITHSCORES')
  if ran and next[2] then
    ring(next[2])
  end
end`;
}

const MUTE = "-".charCodeAt(0);

/** The answer without `mute`, of which the connection is told. */
export function withoutMute(reply: Uint8Array, { shortfalls }: SupervisedConnection): Uint8Array {
  if (reply.at(-1) !== MUTE) return reply;
  const effect = "a consumer that waits notices delayed items, and the end of a pause, up to its " +
    "idleInterval too late";
  shortfalls.tell("XADD", effect);
  return reply.subarray(0, -1);
}
