import type { RedisArgument } from "../../connection/redis_connection.ts";
import type { SupervisedConnection } from "../../connection/supervised_connection.ts";
import type { QueueKeys } from "../keys.ts";
import { part, type Script } from "../script.ts";
import { type ItemState, states } from "./states.ts";

/** Limit of items in one step: about a millisecond of Redis's time. */
const LIMIT = 500;

/**
 * Selects items: `uids` are those of one step, before any is changed; `bound` is ARGV 1 of the next step.
 *
 * ARGV    1 states, joined by commas, if uids follow, of which only those in these states are meant; "now" for all that are dead
 *         now, or in later steps the time until which they died, in microseconds since the epoch; 2 limit of dead letters;
 *         3... uids
 */
export const selection = part("dead")`
${states}
local bound = ARGV[1]
local uids = {}
if ARGV[3] then
  local named = {unpack(ARGV, 3)}
  for i, state in ipairs((statesOf(named))) do
    local isMeant = string.find(',' .. bound .. ',', ',' .. state .. ',', 1, true)
    -- Redis may have refused a part of a last failure: then the dead letter is in flight, too.
    if isMeant or (bound == 'dead' and redis.call('ZSCORE', DEAD, named[i])) then
      uids[#uids + 1] = named[i]
    end
  end
else
  if bound == 'now' then
    bound = text(now)
  end
  uids = redis.call('ZRANGEBYSCORE', DEAD, '-inf', bound, 'LIMIT', 0, ARGV[2])
end`;

const decoder = new TextDecoder();

/** What a {@linkcode selection} of items is for. */
export interface SelectionCall {
  connection: SupervisedConnection;
  keys: QueueKeys;
  /** Of these; without them of all that are dead. */
  uids: string[] | undefined;
  /** In which state they have to be. Default: dead. */
  states?: readonly ItemState[];
  /** What the call does, for the texts of errors. */
  action: string;
}

/** Runs a script with a {@linkcode selection}, step by step. Resolves to how many items it changed. */
export async function eachStep(
  script: Script,
  { connection, keys, uids, states = ["dead"], action }: SelectionCall,
): Promise<number> {
  const step = (args: RedisArgument[]) => script.run(connection, keys, { args, action });
  let sum = 0;
  if (uids !== undefined) {
    for (let start = 0; start < uids.length; start += LIMIT) {
      const reply = await step([states.join(), LIMIT, ...uids.slice(start, start + LIMIT)]);
      sum += Number(decoder.decode(reply).split(" ").at(-1));
    }
    return sum;
  }
  let [until, found, changed] = ["now", "", ""] as [string, string, string];
  do {
    const reply = await step([until, LIMIT]);
    [until, found, changed] = decoder.decode(reply).split(" ") as [string, string, string];
    sum += Number(changed);
  } while (Number(found) === LIMIT);
  return sum;
}
