import { ACK_OUTCOMES, type AckOutcome } from "./parts/acks.ts";
import { startOfLease } from "./parts/leases.ts";
import { readStrings } from "./message_pack.ts";
import { millisecondsOf } from "./parts/promotion.ts";
import { readOutcomes } from "./statuses.ts";

/** The claim that an item came with. All items of one claim share it. */
export interface SharedClaim {
  /** The lease that its items got, see `leases.ts`. A touch gives an item another lease. */
  readonly lease: number;
  /** When the claim was made, in microseconds since the epoch. */
  readonly at: number;
  /** How many items it took. */
  size: number;
}

/** An item that was claimed. */
export interface ClaimedItem {
  uid: string;
  payload: Uint8Array;
  claim: SharedClaim;
  /** Number of this delivery; the first is 1. */
  attempt: number;
}

/** The result of a claim. */
export interface Claimed {
  /** What became of the items to ack, in order. */
  acked: AckOutcome[];
  /** Oldest first. */
  items: ClaimedItem[];
  /** Whether the claim took all that waited and that it may take; `false` if it ended at its limits. */
  emptied: boolean;
  /** Whether the queue is paused. Then the claim took nothing. */
  paused: boolean;
  /** Milliseconds until the next delayed item is due; `undefined` if there is none. */
  nextDueMs: number | undefined;
  /** Whether its items have only the sizes of their payloads, as text, in place of these. */
  sizesOnly: boolean;
  /** Whether some items went back, because the call was sent again and they did not fit its limits. */
  shortened: boolean;
  /** The item that was delayed instead of claimed, and its size in bytes. */
  postponed?: { uid: string; size: number };
}

/*
 * The answer of a claim, a MessagePack array:
 *
 * 1. status: "0" the queue may have more, "1" it had no more, "2" it is paused, "3" an item was delayed, "4" some items of
 *    a claim that was sent again went back
 * 2. the lease
 * 3. microseconds until the next delayed item is due, or ""
 * 4. failed deliveries of each item, joined with commas, or "" if no item has any
 * 5. one digit for each item to ack, see parts/acks.ts
 * 6. "1" if sizes stand for the payloads, or ""
 * 7. and so on: uid, payload, uid, payload, ...; with status "3" the delayed item's uid and its size in bytes
 */

const decoder = new TextDecoder();

/** How many strings of the answer come before the first uid. */
const HEAD = 6;

/** Reads the answer of a claim with leases of `length` seconds, and with `done` items to ack. */
export function readClaimed(reply: Uint8Array, length: number, done: number): Claimed {
  const strings = readStrings(reply);
  const [status, score, nextDue, failures] = strings.slice(0, 4).map((bytes) =>
    decoder.decode(bytes)
  ) as [string, string, string, string];
  const nextDueMs = millisecondsOf(nextDue);
  const acked = readOutcomes(strings[4]!, done, ACK_OUTCOMES);
  if (status === "3") {
    const [uid, size] = strings.slice(HEAD).map((bytes) => decoder.decode(bytes)) as [
      string,
      string,
    ];
    const postponed = { uid, size: Number(size) };
    return {
      ...{ acked, items: [], nextDueMs, postponed },
      ...{ emptied: false, paused: false, sizesOnly: false, shortened: true },
    };
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
    ...{ acked, items, nextDueMs, sizesOnly: strings[5]!.length > 0 },
    ...{ emptied: status === "1", paused: status === "2", shortened: status === "4" },
  };
}
