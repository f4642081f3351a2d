import { linesOf } from "../../src/cli/lines.ts";

/** What a process writes down of an item, as it happens. */
export type Event =
  /** Its put resolved. */
  | "put"
  /** Its put was given up; it may be stored. */
  | "doubtful"
  /** It was delivered. */
  | "got"
  /** The work is done, an ack follows. */
  | "acking"
  /** The ack was answered: there was such an item. */
  | "acked"
  /** Likewise: there was none. */
  | "gone"
  /** The work was not done, a fail follows. */
  | "failing";

/** The notes of one process, in a file: what it has written is there also when it is killed. */
export class Ledger {
  readonly #file: Deno.FsFile;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { append: true, create: true });
  }

  note(event: Event, uid: string): void {
    this.#file.writeSync(encoder.encode(`${event} ${uid} ${Date.now()}\n`));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What happened to a process. */
export interface Fate {
  /** Path of its ledger. */
  path: string;
  wasKilled: boolean;
  /** When it was suspended, from and to. */
  suspended: [from: number, to: number][];
}

/** What became of all items. */
export interface Reckoning {
  put: number;
  /** Puts that were given up, though the item may be stored. */
  doubtful: number;
  /** Items whose put resolved, or was doubtful, that a consumer has done. */
  acked: number;
  /** Deliveries of items that were delivered before, by their cause. */
  again: Record<string, number>;
  /** Items whose put resolved and that no consumer has done. */
  lost: string[];
}

interface Delivery {
  at: number;
  by: Fate;
  outcome?: Event;
  outcomeAt?: number;
}

interface Item {
  wasPut: boolean;
  isDone: boolean;
  deliveries: Delivery[];
}

/** Brings the ledgers of all processes together. */
export async function reckon(fates: Fate[]): Promise<Reckoning> {
  const items = new Map<string, Item>();
  let doubtful = 0;
  for (const fate of fates) {
    for await (const [event, uid, time] of notesOf(fate.path)) {
      let item = items.get(uid);
      if (item === undefined) {
        items.set(uid, item = { wasPut: false, isDone: false, deliveries: [] });
      }
      if (event === "put") item.wasPut = true;
      else if (event === "doubtful") doubtful++;
      else if (event === "got") item.deliveries.push({ at: time, by: fate });
      else {
        item.isDone ||= event !== "failing";
        // A process has at most one delivery of an item at a time.
        const delivery = item.deliveries.findLast(({ by }) => by === fate)!;
        delivery.outcome = event;
        delivery.outcomeAt = time;
      }
    }
  }

  const again: Record<string, number> = {};
  const lost: string[] = [];
  let [put, acked] = [0, 0];
  for (const [uid, { wasPut, isDone, deliveries }] of items) {
    if (wasPut) put++;
    if (isDone) acked++;
    if (wasPut && !isDone) lost.push(uid);
    deliveries.sort((a, b) => a.at - b.at);
    for (let i = 1; i < deliveries.length; i++) {
      const cause = causeOf(deliveries[i - 1]!, deliveries[i]!);
      again[cause] = (again[cause] ?? 0) + 1;
    }
  }
  return { put, doubtful, acked, again, lost };
}

async function* notesOf(path: string): AsyncGenerator<[event: Event, uid: string, time: number]> {
  const file = await Deno.open(path);
  for await (const lines of linesOf(file.readable)) {
    for (const line of lines) {
      const [event, uid, time] = decoder.decode(line).split(" ") as [Event, string, string];
      yield [event, uid, Number(time)];
    }
  }
}

/** Why `next` followed, although the item had been delivered before. */
function causeOf(before: Delivery, next: Delivery): string {
  const { by, outcome, outcomeAt = Infinity } = before;
  if (outcome === "failing") return "its consumer failed it";
  if (outcome === "acked" && outcomeAt < next.at && next.outcome === "acked") {
    return "it was done, and its put was sent again";
  }
  if (by.wasKilled && outcome !== "acked" && outcome !== "gone") return "its consumer was killed";
  const wasSuspended = by.suspended.some(([from, to]) => from < next.at && to > before.at);
  if (wasSuspended) return "its consumer was suspended past its lease";
  return "its lease ran out while Redis was away";
}
