import { textLinesOf } from "../helpers/text_lines.ts";

/** What a producer writes down. */
export type PutEvent =
  /** The put resolved. */
  | "put"
  /** The put was given up; the item may be stored. */
  | "doubtful";

/** How a delivery begins. */
export type BeginEvent =
  /** A `get` returned it: its lease is not extended. */
  | "got"
  /** A worker or a loop handed it out: its lease is extended while it is worked on. */
  | "handed";

/** How the work on a delivery ends. */
export type EndEvent =
  /** It is done; an ack follows. */
  | "done"
  /** It is not done; a fail follows. */
  | "failing"
  /** It is given back. */
  | "releasing"
  /** The consumer was told to end. */
  | "stopped";

/** What else happens to a delivery. */
export type OtherEvent =
  /** The ack was answered: there was such an item. */
  | "acked"
  /** Likewise: there was none. */
  | "gone"
  /** The handler was told that the lease is lost. */
  | "cut"
  /** It is an attempt more than the consumer's `maxAttempts` allows. */
  | "excessive";

/** What a janitor writes down. */
export type JanitorEvent =
  /** It looked for dead letters. */
  | "looked"
  /** It queues a dead letter again. */
  | "revived";

export type Event = PutEvent | BeginEvent | EndEvent | OtherEvent | JanitorEvent;

/** One line of a ledger. */
export interface Note {
  event: Event;
  label: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** Tells the deliveries of one process apart. */
  delivery: number;
}

/** Notes how a delivery goes on. */
export type Noting = (event: EndEvent | OtherEvent) => void;

/** The notes of one process, in a file: what it has written is there also when it is killed. */
export class Ledger {
  readonly #file: Deno.FsFile;
  #deliveries = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { append: true, create: true });
  }

  note(event: Event, label: string, delivery = 0): void {
    this.#file.writeSync(encoder.encode(lineOf({ event, label, time: Date.now(), delivery })));
  }

  /** Notes that a delivery begins; what is returned notes how it goes on. */
  begin(event: BeginEvent, label: string): Noting {
    const delivery = ++this.#deliveries;
    this.note(event, label, delivery);
    return (event) => this.note(event, label, delivery);
  }
}

const encoder = new TextEncoder();

export function lineOf({ event, label, time, delivery }: Note): string {
  return `${event} ${label} ${time} ${delivery}\n`;
}

/** Reads what a process has written. */
export async function* notesIn(path: string): AsyncGenerator<Note> {
  const file = await Deno.open(path);
  for await (const line of textLinesOf(file.readable)) {
    const [event, label, time, delivery] = line.split(" ") as [Event, string, string, string];
    yield { event, label, time: Number(time), delivery: Number(delivery) };
  }
}
