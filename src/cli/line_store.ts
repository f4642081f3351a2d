import { checkOrderKey } from "../arguments.ts";
import { QueueError, RedisUnavailableError } from "../errors.ts";
import type { SafeRedisQueue } from "../safe_redis_queue.ts";
import { CommandError } from "./errors.ts";
import { isJson, textOf } from "./io/item_text.ts";
import { print } from "./io/stdout.ts";

/** How a {@linkcode LineStore} works. */
interface LineStoreOptions {
  /** Whether lines must be JSON documents. */
  json: boolean;
  /** The field of a JSON object that has its order key. */
  orderField?: string | undefined;
  /** Whether to print the uids. */
  verbose: boolean;
  /** Seconds until the items are queued. */
  delay: number;
  /** Aborts when the reader of the uids has had enough time. */
  overdue: AbortSignal;
}

/** Puts lines into a queue and counts those that are stored. */
export class LineStore {
  /** How many lines are certainly stored. */
  stored = 0;
  readonly #queue: SafeRedisQueue<Uint8Array>;
  readonly #options: LineStoreOptions;

  constructor(queue: SafeRedisQueue<Uint8Array>, options: LineStoreOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /** Stores `lines`, after all earlier lines are stored. Throws if one can't be stored. */
  async put(lines: Uint8Array[]): Promise<void> {
    const { json, orderField, verbose, delay, overdue } = this.#options;
    const first = this.stored + 1;
    const keys = orderField === undefined
      ? undefined
      : lines.map((line) => orderKeyIn(textOf(line) ?? "", orderField));
    const isSound = (line: Uint8Array, i: number) =>
      keys !== undefined ? keys[i] !== undefined : !json || isJson(textOf(line) ?? "");
    const wrong = lines.findIndex((line, i) => !isSound(line, i));
    const sound = wrong === -1 ? lines : lines.slice(0, wrong);

    const outcomes = await Promise.allSettled(
      sound.map((line, i) => this.#queue.put(line, { delay, orderKey: keys?.[i] })),
    );
    const uids = outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" ? [outcome.value] : []
    );
    this.stored += uids.length;
    // If nobody reads the uids any more, the lines are stored all the same.
    if (verbose) await print(uids.map((uid) => `${uid}\n`).join(""), overdue);

    if (uids.length < outcomes.length) throw this.#failure(first, outcomes);
    if (wrong !== -1) {
      throw new CommandError(
        `Line ${first + wrong} is not ${this.#expected()}; ${linesStored(this.stored)}`,
      );
    }
  }

  #expected(): string {
    const { orderField } = this.#options;
    if (orderField === undefined) return "a JSON document";
    return `a JSON object whose field ${
      JSON.stringify(orderField)
    } is a short text or a whole number`;
  }

  /** The error for the first line that is not stored. It also counts the lines after it, which were sent with it. */
  #failure(first: number, outcomes: PromiseSettledResult<string>[]): unknown {
    const index = outcomes.findIndex(({ status }) => status === "rejected");
    const errors = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason] : []
    );
    if (!(errors[0] instanceof QueueError)) return errors[0];
    const storedLater = outcomes.length - index - errors.length;
    const doubtful = errors.filter((error) =>
      error instanceof RedisUnavailableError && error.mayHaveHappened
    );
    return new CommandError(
      `Line ${first + index} could not be stored: ${errors[0].message}; ` +
        `${linesStored(this.stored)} for certain` +
        (storedLater === 0 ? "" : `, ${storedLater} of them after it`) +
        (doubtful.length === 0 ? "" : `, and up to ${doubtful.length} more may be`),
    );
  }
}

/** The order key in a JSON object; `undefined` if there is none. */
function orderKeyIn(text: string, field: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const isThere = typeof document === "object" && document !== null &&
      Object.hasOwn(document, field);
    if (!isThere) return undefined;
    const value = (document as Record<string, unknown>)[field];
    return checkOrderKey(Number.isSafeInteger(value) ? String(value) : value);
  } catch {
    return undefined;
  }
}

/** A text that says how many lines are stored. */
export function linesStored(count: number): string {
  return count === 1 ? "1 line is stored" : `${count} lines are stored`;
}
