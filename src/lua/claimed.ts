import { ACK_OUTCOMES, type AckOutcome } from "./parts/acks.ts";
import { startOfLease } from "./parts/leases.ts";
import { MessageReader } from "./message_pack.ts";
import { millisecondsOf } from "./parts/promotion.ts";
import { readOutcomes } from "./statuses.ts";

/** The claim that an item came with. All items of one claim share it. */
export interface SharedClaim {
  /** The lease that its items got, see `leases.ts`. A touch gives an item another lease. */
  readonly lease: number;
  /** When the claim was made, in microseconds since the epoch. */
  readonly at: number;
  /** How many items it took. */
  readonly size: number;
}

/** An item that was claimed. */
export interface ClaimedItem {
  uid: string;
  payload: Uint8Array;
  claim: SharedClaim;
  /** Number of this delivery; the first is 1. */
  attempt: number;
  orderKey?: string;
  /** As JSON. */
  headers?: string;
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
 * The answer of a claim is three MessagePack arrays of strings, four if the queue has order keys, or five if any of its items
 * has headers. The first one:
 *
 * 1. status: "0" the queue may have more, "1" it had no more, "2" it is paused, "3" an item was delayed, "4" some items of
 *    a claim that was sent again went back
 * 2. the lease
 * 3. microseconds until the next delayed item is due, or ""
 * 4. failed deliveries of each item, joined with commas, or "" if no item has any
 * 5. one digit for each item to ack, see parts/acks.ts
 * 6. "1" if sizes stand for the payloads, or ""
 *
 * The second has the uids, the third their payloads, the fourth their order keys, "" for none, the fifth their headers, "" for
 * none. If there are five, and the queue has no order keys, the fourth is empty. With status "3" they have the delayed item's
 * uid and its size in bytes.
 */

const decoder = new TextDecoder();

/** Reads the answer of a claim with leases of `length` seconds, and with `done` items to ack. */
export function readClaimed(reply: Uint8Array, length: number, done: number): Claimed {
  const reader = new MessageReader(reply);
  const [status, score, nextDue, failures, acks, sizesOnly] = reader.texts() as [
    ...[status: string, score: string, nextDue: string],
    ...[failures: string, acks: string, sizesOnly: string],
  ];
  const uids = reader.texts();
  const payloads = reader.strings();
  const keys = reader.hasMore ? reader.texts() : [];
  const headers = reader.hasMore ? reader.texts() : [];
  reader.end();
  const acked = readOutcomes(acks, done, ACK_OUTCOMES);
  const nextDueMs = millisecondsOf(nextDue);
  if (status === "3") {
    const postponed = { uid: uids[0]!, size: Number(decoder.decode(payloads[0])) };
    return {
      ...{ acked, items: [], nextDueMs, postponed },
      ...{ emptied: false, paused: false, sizesOnly: false, shortened: true },
    };
  }
  const lease = Number(score);
  const claim = { lease, at: startOfLease(lease, length), size: uids.length };
  const failed = failures === "" ? undefined : failures.split(",");
  const items: ClaimedItem[] = new Array(uids.length);
  for (let i = 0; i < uids.length; i++) {
    items[i] = {
      uid: uids[i]!,
      payload: payloads[i]!,
      claim,
      attempt: failed === undefined ? 1 : Number(failed[i]) + 1,
    };
  }
  for (const [i, key] of keys.entries()) if (key !== "") items[i]!.orderKey = key;
  for (const [i, text] of headers.entries()) if (text !== "") items[i]!.headers = text;
  return {
    ...{ acked, items, nextDueMs, sizesOnly: sizesOnly !== "" },
    ...{ emptied: status === "1", paused: status === "2", shortened: status === "4" },
  };
}
