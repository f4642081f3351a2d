import { type BlockingConnection, LONGEST_BLOCK_MS } from "../connection/blocking_connection.ts";
import { sleep } from "../connection/time_limit.ts";
import { RedisUnavailableError } from "../errors.ts";
import { readScore } from "../lua/score.ts";

/** What a {@linkcode DueWatcher} works with. */
export interface DueWatcherOptions {
  /** A connection that nobody else uses. */
  blocking: BlockingConnection;
  /** Key of the stream that tells of items that are due soon. */
  doorbell: string;
  /** Queues what is due; resolves to the milliseconds until the next item is, `undefined` for none. */
  promote: () => Promise<number | undefined>;
  onError: (error: unknown) => void;
}

/** Later items are learnt of in time by those who look anew after each blocked pop. */
const HORIZON_MS = 2 * LONGEST_BLOCK_MS;
/** Most waits are shorter: they need no watch. */
const QUIET_MS = 20;
/** How long to leave off after an error. */
const RETRY_MS = 500;
/** Who waits often, for a moment each time, keeps the watch. */
const LINGER_MS = 200;

/**
 * Queues delayed items when they are due, while consumers of this instance wait: a blocked pop notices no such thing.
 * Whoever delays an item rings at the doorbell, a stream, when it is the next of all.
 */
export class DueWatcher {
  readonly #options: DueWatcherOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next item is due, as far as is known, by the clock of `performance`. */
  #dueAt = Infinity;
  /** Aborts when nobody waits any more; `undefined` while nobody does. */
  #watching: AbortController | undefined;
  #listening: Promise<void> | undefined;
  /** The last entry of the doorbell that was read. */
  #lastEntry = "0-0";
  #refused = false;

  constructor(options: DueWatcherOptions) {
    this.#options = options;
  }

  /** Watches from now on. */
  start(): void {
    if (this.#watching) return;
    this.#watching = new AbortController();
    this.#setTimer();
    this.#listening ??= this.#listen();
  }

  /** Says that an item will be due in so many milliseconds. */
  learn(nextDueMs: number | undefined): void {
    // Also NaN, which a stranger's entry at the doorbell makes: a timer would take it for no time at all.
    if (nextDueMs === undefined || !(nextDueMs <= HORIZON_MS)) return;
    const dueAt = performance.now() + nextDueMs;
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    if (this.#watching) this.#setTimer();
  }

  /** Leaves off. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#watching?.abort();
    this.#watching = undefined;
    if (this.#listening === undefined) return;
    const isUnwanted = () => this.#watching === undefined;
    Deno.unrefTimer(setTimeout(() => this.#options.blocking.unblock(isUnwanted), LINGER_MS));
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#dueAt === Infinity) return;
    const ms = Math.max(Math.ceil(this.#dueAt - performance.now()), 0);
    this.#timer = setTimeout(() => this.#promote(), ms);
  }

  async #promote(): Promise<void> {
    this.#dueAt = Infinity;
    try {
      let next: number | undefined;
      do next = await this.#options.promote(); while (next === 0);
      this.learn(next);
    } catch (error) {
      // A consumer that waits tells of an outage by itself, and asks anew when it is over.
      const known = error instanceof RedisUnavailableError || !this.#watching;
      if (!known) this.#options.onError(error);
    }
  }

  async #listen(): Promise<void> {
    while (this.#watching && !this.#refused) {
      const { signal } = this.#watching;
      await sleep(QUIET_MS, signal);
      if (signal.aborted) continue;
      try {
        await this.#awaitRing();
      } catch (error) {
        // Without it items are due some seconds later. Once is enough to say why.
        this.#refused = !(error instanceof RedisUnavailableError);
        if (this.#refused && this.#watching) this.#options.onError(error);
        await sleep(RETRY_MS, signal);
      }
    }
    this.#listening = undefined;
  }

  async #awaitRing(): Promise<void> {
    const { blocking, doorbell } = this.#options;
    const reply = await blocking.send({
      name: "XREAD",
      args: ["COUNT", 1, "BLOCK", LONGEST_BLOCK_MS, "STREAMS", doorbell, this.#lastEntry],
      action: `wait for an item to be due (XREAD of ${JSON.stringify(doorbell)})`,
    });
    if (!Array.isArray(reply)) return;
    // [[stream, [[id, ["due", microseconds]]]]]
    const [[, [[id, [, due]]]]] = reply as [[string, [[string, [string, string]]]]];
    this.#lastEntry = id;
    const rungAtMs = Number(id.split("-")[0]);
    this.learn(Math.max(readScore(due) / 1000 - rungAtMs, 0));
  }
}
