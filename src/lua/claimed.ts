import { startOfLease } from "./parts/leases.ts";
import { readStrings } from "./message_pack.ts";
import { millisecondsOf } from "./parts/promotion.ts";
import { part } from "./script.ts";

// What a claim answers: how its script writes it, and how it is read.

/** One claim, and what its items share. */
export interface SharedClaim {
  /** Names the lease of each of its items, see `leases.ts`; a touch gives an item another one. */
  readonly lease: number;
  /** When it was made, in microseconds since the epoch. */
  readonly at: number;
  /** Number of its items. */
  size: number;
}

/** An item that this consumer claimed. */
export interface ClaimedItem {
  uid: string;
  payload: Uint8Array;
  claim: SharedClaim;
  /** Which delivery this is, from 1. */
  attempt: number;
}

/** What a claim got. */
export interface Claimed {
  /** Oldest first. */
  items: ClaimedItem[];
  /** Whether the queue had no more; `false` where the claim stopped at its limits. */
  emptied: boolean;
  /** Whether the queue is paused: nothing was taken. */
  paused: boolean;
  /** Milliseconds until a delayed item is due; `undefined` where there is none. */
  nextDueMs: number | undefined;
  /** Whether a part of what was claimed went back, since it did not fit the limits when the call was sent again. */
  shortened: boolean;
  /** The item that was set postponed, and its size in bytes. */
  postponed?: { uid: string; size: number };
}

/**
 * The answer of a claim, a MessagePack array:
 *
 * 1. "0" the queue may have more, "1" it had no more, "2" it is paused, "4" a claim that was sent again gave a part back, or
 *    "3" an item was put off
 * 2. the lease
 * 3. microseconds until a delayed item is due, or ""
 * 4. failed deliveries of each item, joined with commas, or "" if no item has any
 * 5. and so on: uid, payload, uid, payload, ...; of an item that was put off only its uid and its size in bytes
 *
 * - `take(uid, payload)`: adds an item. `uids` are those of all that were taken.
 * - `hasRoom()`: whether the claim may take more.
 * - `keepHeld()`: keeps those of them that are in flight by the claim's lease, each once.
 * - `finish(status)`: completes the answer.
 *
 * The script declares `lease`, `max` and `maxBytes` above it.
 */
export const answering = part("attempts")`
local answer, uids, bytes = {'0', lease, '', ''}, {}, 0

local function hasRoom()
  return #uids < max and bytes < maxBytes
end

local function take(uid, payload)
  uids[#uids + 1] = uid
  answer[#answer + 1] = uid
  answer[#answer + 1] = payload
  bytes = bytes + #payload
end

local function keepHeld()
  local all, seen = answer, {}
  uids, answer = {}, {all[1], all[2], all[3], all[4]}
  for i = 5, #all, 2 do
    if not seen[all[i]] and isHeld(all[i], lease) then
      seen[all[i]] = true
      take(all[i], all[i + 1])
    end
  end
end

local function finish(status)
  answer[1] = status
  if #uids > 0 and redis.call('EXISTS', ATTEMPTS) == 1 then
    local attempts = redis.call('HMGET', ATTEMPTS, unpack(uids))
    for i = 1, #uids do
      attempts[i] = tostring(tonumber(attempts[i] or nil) or 0)
    end
    answer[4] = table.concat(attempts, ',')
  end
  return cmsgpack.pack(answer)
end`;

const decoder = new TextDecoder();

/** Strings of the answer before the first uid. */
const HEAD = 4;

/** Reads the answer of a claim with leases of `length` seconds. */
export function readClaimed(reply: Uint8Array, length: number): Claimed {
  const strings = readStrings(reply);
  const [status, score, nextDue, failures] = strings.slice(0, HEAD).map((bytes) =>
    decoder.decode(bytes)
  ) as [string, string, string, string];
  const nextDueMs = millisecondsOf(nextDue);
  if (status === "3") {
    const [uid, size] = strings.slice(HEAD).map((bytes) => decoder.decode(bytes)) as [
      string,
      string,
    ];
    const postponed = { uid, size: Number(size) };
    return { items: [], emptied: false, paused: false, nextDueMs, shortened: true, postponed };
  }
  const lease = Number(score);
  const claim = { lease, at: startOfLease(lease, length), size: 0 };
  const failed = failures === "" ? undefined : failures.split(",");
  const items: ClaimedItem[] = [];
  for (let i = HEAD; i < strings.length; i += 2) {
    items.push({
      uid: decoder.decode(strings[i]!),
      payload: strings[i + 1]!,
      claim,
      attempt: failed === undefined ? 1 : Number(failed[claim.size]) + 1,
    });
    claim.size++;
  }
  return {
    ...{ items, nextDueMs },
    ...{ emptied: status === "1", paused: status === "2", shortened: status === "4" },
  };
}
