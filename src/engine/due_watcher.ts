import type { BlockingConnection } from "../connection/blocking_connection.ts";
import type { Shortfalls } from "../connection/shortfalls.ts";
import { sleep } from "../connection/time_limit.ts";
import { RedisReplyError, RedisUnavailableError } from "../errors.ts";
import { readScore } from "../lua/score.ts";

/** What a {@linkcode DueWatcher} works with. */
export interface DueWatcherOptions {
  /** A connection that nobody else uses. */
  blocking: BlockingConnection;
  /** Key of the stream that announces items that are due soon. */
  doorbell: string;
  /** Queues what is due; resolves to the milliseconds until the next item is, `undefined` for none. */
  promote: () => Promise<number | undefined>;
  shortfalls: Shortfalls;
  onError: (error: unknown) => void;
}

/** Most waits are shorter, and need no watch. */
const QUIET_MS = 20;
/** How long to wait after an error. */
const RETRY_MS = 500;
/** The watch stays on for this long, so that a consumer with many short waits keeps it. */
const LINGER_MS = 200;

/**
 * Queues delayed items when they are due, while consumers of this instance wait: a blocked pop does not
 * notice them. Whoever delays an item that is due before all others adds an entry to the doorbell, a stream.
 */
export class DueWatcher {
  readonly #options: DueWatcherOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next item that is known of is due, as `performance.now()` counts. */
  #dueAt = Infinity;
  /** Aborts when nobody waits any more; `undefined` while nobody does. */
  #watching: AbortController | undefined;
  #listening: Promise<void> | undefined;
  /** The last entry of the doorbell that was read. */
  #lastEntry = "0-0";
  #refused = false;
  /** Aborts at the next ring. */
  #bell = new AbortController();

  constructor(options: DueWatcherOptions) {
    this.#options = options;
  }

  /** Starts watching, unless it does already. */
  start(): void {
    if (this.#watching) return;
    this.#watching = new AbortController();
    this.#setTimer();
    this.#listening ??= this.#listen();
  }

  /** Aborts when somebody rings the doorbell after now. */
  get rung(): AbortSignal {
    return this.#bell.signal;
  }

  /** Says in how many milliseconds an item is due. */
  learn(nextDueMs: number | undefined): void {
    // A claim follows each blocked pop, and tells in time of what is due later. NaN is ignored, too: an entry of a stranger
    // in the stream makes it, and a timer would run at once.
    const horizonMs = 2 * this.#options.blocking.blockMs;
    if (nextDueMs === undefined || !(nextDueMs <= horizonMs)) return;
    const dueAt = performance.now() + nextDueMs;
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    if (this.#watching) this.#setTimer();
  }

  /** Stops watching. */
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
      // A consumer that waits reports an outage itself, and asks again when that is over.
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
        this.#refused = error instanceof RedisReplyError;
        if (this.#refused) this.#tellRefusal(error);
        await sleep(RETRY_MS, signal);
      }
    }
    this.#listening = undefined;
  }

  async #awaitRing(): Promise<void> {
    const { blocking, doorbell } = this.#options;
    const { blockMs } = blocking;
    const reply = await blocking.send({
      name: "XREAD",
      args: ["COUNT", 1, "BLOCK", blockMs, "STREAMS", doorbell, this.#lastEntry],
      action: `wait for an item to be due (XREAD of ${JSON.stringify(doorbell)})`,
    });
    if (!Array.isArray(reply)) return;
    // [[stream, [[id, ["due", microseconds]]]]]
    const [[, [[id, [, due]]]]] = reply as [[string, [[string, [string, string]]]]];
    this.#lastEntry = id;

    this.#bell.abort();
    this.#bell = new AbortController();
    const rungAtMs = Number(id.split("-")[0]);
    this.learn(Math.max(readScore(due) / 1000 - rungAtMs, 0));
  }

  /** Without the doorbell, a claim after each blocked pop tells what is due. */
  #tellRefusal(error: unknown): void {
    const { shortfalls, blocking, doorbell } = this.#options;
    const seconds = blocking.blockMs / 1000;
    shortfalls.tell(
      "XREAD",
      `while this consumer waits, it notices delayed items, and the end of a pause, up to ${seconds} s too late ` +
        `(option idleInterval); the doorbell is the key ${JSON.stringify(doorbell)}`,
      error,
    );
  }
}
