import type { StoredConsumer } from "./lua/list_consumers.ts";
import { dateOf } from "./lua/score.ts";

/** An instance that consumes. Times are by Redis's clock. */
export interface Consumer {
  /** Names the instance, for as long as it lives. */
  id: string;
  /** The machine's name; `undefined` if the program may not know it (`--allow-sys=hostname`). */
  host: string | undefined;
  /** Number of the process. */
  pid: number | undefined;
  /** What the option `instance` says. */
  name: string | undefined;
  /** When it began to consume. */
  since: Date;
  /** When it said so last. */
  lastSeen: Date;
  /** How many items it handles at once: the sum of its `consume`s, `drain`s and loops; 1 if it only calls `get`. */
  concurrency: number;
  /**
   * How many items it had in hand when it was seen last, by `consume`, `drain` and `for await`: whoever calls `get` does not
   * say when an item is out of hand.
   */
  inHand: number;
}

/** What an instance says of itself, beside its id and times. */
export type ConsumerDetails = Pick<
  Consumer,
  "host" | "pid" | "name" | "concurrency" | "inHand"
>;

/** Makes what Redis holds readable, the longest there first. Leaves out what no version of this library has written. */
export function consumersOf(stored: StoredConsumer[]): Consumer[] {
  return stored.map(consumerOf).filter((consumer) => consumer !== undefined)
    .toSorted((one, other) =>
      one.since.getTime() - other.since.getTime() || (one.id < other.id ? -1 : 1)
    );
}

function consumerOf({ id, note }: StoredConsumer): Consumer | undefined {
  const [, since, lastSeen, json] = /^(\d+) (\d+) (.*)$/s.exec(note) ?? [];
  const details = json === undefined ? undefined : objectOf(json);
  if (details === undefined) return undefined;
  return {
    id,
    host: textOf(details.host),
    pid: countOf(details.pid),
    name: textOf(details.name),
    since: dateOf(Number(since)),
    lastSeen: dateOf(Number(lastSeen)),
    concurrency: countOf(details.concurrency) ?? 0,
    inHand: countOf(details.inHand) ?? 0,
  };
}

function objectOf(json: string): Partial<Record<keyof ConsumerDetails, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? value as number : undefined;
}
