import { longestAbsence, type Span } from "./absences.ts";
import { outOfOrder } from "./order.ts";
import { type EndEvent, type Note, notesIn } from "./ledger.ts";

/** What happened to a process. */
export interface Fate {
  /** Path of its ledger. */
  path: string;
  /** Seconds that its leases last. */
  lease: number;
  /** When it was killed, in milliseconds since the epoch as all times here. */
  killedAt?: number;
  /** When it was told to end. */
  endedAt?: number;
  /** When it was suspended. */
  suspended: Span[];
}

/** What became of all items. */
export interface Reckoning {
  /** Items whose put resolved. */
  put: number;
  /** Puts that were given up, though the item may be stored. */
  doubtful: number;
  /** Items that a consumer has done, those of doubtful puts too. */
  done: number;
  /** Dead letters that were queued again. */
  revived: number;
  /** Deliveries of items that were delivered before, by their cause. */
  again: Record<string, number>;
  /** Items whose put resolved and that no consumer has done. */
  undone: string[];
  /** Deliveries of items whose holder's lease cannot have been over. */
  early: string[];
  /** Deliveries beside, or after, a later item with the same order key. */
  disordered: string[];
  /** Deliveries to a second handler of a process whose first one was at work. */
  doubled: string[];
  /** Deliveries above the `maxAttempts` of those who got them. */
  excessive: string[];
}

/** A delivery, and how it went on. */
interface Delivery {
  label: string;
  at: number;
  by: Fate;
  /** Whether its lease was extended. */
  isKept: boolean;
  end?: EndEvent;
  endedAt?: number;
  ack?: "acked" | "gone";
  ackedAt?: number;
}

interface Item {
  wasPut: boolean;
  deliveries: Delivery[];
}

/** A machine with much to do is late by so much. */
const SLACK_MS = 1_000;

/**
 * Brings the ledgers of all processes together.
 *
 * @param outages When Redis was not to be reached, or slow.
 */
export async function reckon(fates: Fate[], outages: Span[]): Promise<Reckoning> {
  const reckoning: Reckoning = {
    ...{ put: 0, doubtful: 0, done: 0, revived: 0, again: {} },
    ...{ undone: [], early: [], disordered: [], doubled: [], excessive: [] },
  };
  const items = new Map<string, Item>();
  for (const fate of fates) await read(fate, items, reckoning);
  for (const [label, { wasPut, deliveries }] of items) {
    const isDone = deliveries.some(({ end }) => end === "done");
    if (wasPut) reckoning.put++;
    if (isDone) reckoning.done++;
    if (wasPut && !isDone) reckoning.undone.push(label);
    deliveries.sort((a, b) => a.at - b.at);
    for (const [i, next] of deliveries.entries()) {
      if (i === 0) continue;
      const before = deliveries.slice(0, i);
      if (before.some((holder) => isDoubled(holder, next))) reckoning.doubled.push(label);
      const isTooEarly = before.some((holder) => isEarly(holder, next, outages)) &&
        !wasTakenByUid(before, next);
      if (isTooEarly) reckoning.early.push(label);
      const cause = isTooEarly ? "it was taken too early" : causeOf(before.at(-1)!, next);
      reckoning.again[cause] = (reckoning.again[cause] ?? 0) + 1;
    }
  }
  const isDone = ({ end }: Delivery) => end === "done";
  reckoning.disordered = outOfOrder(
    Array.from(items.values(), ({ deliveries }) => deliveries).flat(),
    (holder, next) => stillHolds(holder, next, outages),
    ({ label, at }) => items.get(label)!.deliveries.some((one) => one.at < at && isDone(one)),
  );
  return reckoning;
}

/** Enters the notes of one process. */
async function read(by: Fate, items: Map<string, Item>, reckoning: Reckoning): Promise<void> {
  const deliveries = new Map<number, Delivery>();
  for await (const { event, label, time, delivery } of notesIn(by.path)) {
    if (event === "looked") continue;
    let item = items.get(label);
    if (item === undefined) items.set(label, item = { wasPut: false, deliveries: [] });
    if (event === "put") item.wasPut = true;
    else if (event === "doubtful") reckoning.doubtful++;
    else if (event === "revived") reckoning.revived++;
    else if (event === "excessive") reckoning.excessive.push(label);
    else if (event === "got" || event === "handed") {
      const begun = { label, at: time, by, isKept: event === "handed" };
      deliveries.set(delivery, begun);
      item.deliveries.push(begun);
    } else goOn(deliveries.get(delivery)!, event, time);
  }
}

function goOn(delivery: Delivery, event: Note["event"], time: number): void {
  if (event === "acked" || event === "gone") {
    delivery.ack = event;
    delivery.ackedAt = time;
  } else if (event !== "cut") {
    // One that was told to end may go on, and be done after all.
    if (delivery.end === undefined || event === "done") delivery.end = event as EndEvent;
    delivery.endedAt ??= time;
  }
}

function wasAtWork(holder: Delivery, { at }: Delivery): boolean {
  const { endedAt = Infinity, by } = holder;
  return endedAt > at && (by.endedAt ?? Infinity) > at;
}

function isDoubled(holder: Delivery, next: Delivery): boolean {
  return holder.by === next.by && holder.isKept && next.isKept && wasAtWork(holder, next);
}

function isEarly(holder: Delivery, next: Delivery, outages: Span[]): boolean {
  return !isDoubled(holder, next) && stillHolds(holder, next, outages);
}

/** Whether `next` came while the lease of `holder`, who was at work, was not over, whatever held up its extension. */
function stillHolds(holder: Delivery, next: Delivery, outages: Span[]): boolean {
  if (!wasAtWork(holder, next)) return false;
  const { at, by } = holder;
  const absences = [...outages, ...by.suspended];
  if (by.killedAt !== undefined) absences.push([by.killedAt, Infinity]);
  const lease = by.lease * 1_000;
  // A third of a lease may be over when its item comes, and it is extended a third later: a third is left then.
  const left = holder.isKept ? lease / 3 : lease - (next.at - at);
  return longestAbsence(absences, at, next.at) < left - SLACK_MS;
}

/** Whether it was acked, failed or released by its uid alone, which, come late, takes it from whoever has it by then. */
function wasTakenByUid(before: Delivery[], { at }: Delivery): boolean {
  return before.some(({ isKept, endedAt = Infinity }) => !isKept && endedAt < at);
}

/** Why `next` followed, although the item had been delivered before. */
function causeOf({ at, by, end, ack, ackedAt = Infinity }: Delivery, next: Delivery): string {
  if (end === "failing") return "its consumer failed it";
  if (end === "releasing") return "its consumer gave it back";
  if (end === "stopped") return "its consumer was told to end";
  if (ack === "acked" && ackedAt < next.at && next.ack === "acked") {
    return "it was done, and its put was sent again";
  }
  if (by.killedAt !== undefined && ack === undefined) return "its consumer was killed";
  if (by.suspended.some(([from, to]) => from < next.at && to > at)) {
    return "its consumer was suspended past its lease";
  }
  if (end === "done") return "it was done, and its ack was late, or its put was sent again";
  return "its lease ran out while Redis was away";
}
