import { type BlockingConnection, INTERRUPTED } from "../connection/blocking_connection.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { sleep, waitFor } from "../connection/time_limit.ts";
import type { DueWatcher } from "./due_watcher.ts";
import { QueueClosedError, RedisReplyError, RedisUnavailableError } from "../errors.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { MAX_ITEMS } from "../lua/limits.ts";
import type { Claimer } from "./claimer.ts";
import type { ClaimedItem } from "../lua/claimed.ts";

/** What an {@linkcode ItemWaiter} works with. */
export interface ItemWaiterOptions {
  keys: QueueKeys;
  claimer: Claimer;
  /** Gives items back to the front of the queue. */
  giveBack: (items: ClaimedItem[]) => Promise<unknown>;
  /** The connection for scripts. */
  commands: SupervisedConnection;
  /** A connection that nobody else uses: a blocked command blocks it. */
  blocking: BlockingConnection;
  /** Works while a call waits. */
  dueWatcher: DueWatcher;
  onError: (error: unknown) => void;
}

const quote = JSON.stringify;

interface Waiting {
  max: number;
  resolve: (items: ClaimedItem[]) => void;
  reject: (error: unknown) => void;
}

/** How often to look for items if Redis refuses a blocking pop. */
const POLL_MS = 500;
/** How long closing waits for the blocked pop to end. */
const CLOSE_PATIENCE_MS = 700;

/**
 * Waits for items while the queue is empty. One blocked pop serves all calls that wait: it moves a uid to
 * `popped`, the front of the queue. A claim then takes it, with what else has come.
 */
export class ItemWaiter {
  readonly #options: ItemWaiterOptions;
  /** Calls that wait, the oldest first. */
  readonly #waiting = new Set<Waiting>();
  /** Whether a pop took an item and no claim has followed yet. */
  #popped = false;
  /** Whether Redis is full. It then refuses a blocking pop of any queue, but runs the claim script. */
  #full = false;
  /** Whether the queue is paused, which a blocking pop would ignore. */
  #paused = false;
  /** Aborts when somebody has rung the doorbell since a claim found the queue paused. */
  #rung: AbortSignal | undefined;
  /** Ends the rest between two looks at a paused queue. */
  #resting: AbortController | undefined;
  #serving: Promise<void> | undefined;
  /** The outage that was reported, while it lasts. */
  #outage: RedisUnavailableError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ItemWaiterOptions) {
    this.#options = options;
  }

  /**
   * Resolves to 1 to `max` items, or to none after `timeoutMs`. Rejects when `signal` aborts, and if Redis is
   * away after `timeoutMs`.
   */
  wait(max: number, timeoutMs: number, signal?: AbortSignal): Promise<ClaimedItem[]> {
    if (this.#closing) return Promise.reject(new QueueClosedError("get an item"));
    // It may have aborted since the caller looked. Its event comes only once.
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const waiting: Waiting = {
        max,
        resolve: (items) => {
          stop();
          resolve(items);
        },
        reject: (error) => {
          stop();
          reject(error);
        },
      };
      const abort = () => {
        waiting.reject(signal?.reason);
        this.#stopIfIdle();
      };
      const end = () => {
        // The connection for scripts may know of an outage sooner.
        const outage = this.#outage ?? this.#options.commands.outage("get an item");
        if (outage) waiting.reject(outage);
        else waiting.resolve([]);
        this.#stopIfIdle();
      };
      const timer = timeoutMs === Infinity ? undefined : setTimeout(end, timeoutMs);
      signal?.addEventListener("abort", abort);
      this.#waiting.add(waiting);
      this.#options.dueWatcher.start();
      this.#serving ??= this.#serve();
    });
  }

  /** Resolves when no item is on its way to a call that does not wait any more. */
  async idle(): Promise<void> {
    if (this.#waiting.size > 0) return;
    this.#stopIfIdle({ atOnce: true });
    await this.#serving;
  }

  /**
   * Rejects all calls that wait, and ends the blocked pop. An item that it still brings goes back to the
   * queue.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    for (const waiting of this.#waiting) waiting.reject(new QueueClosedError("get an item"));
    this.#stopIfIdle({ atOnce: true });
    // The pop of a server that is away would not end.
    if (this.#options.commands.outage("get an item") !== undefined) return;
    await waitFor(Promise.resolve(this.#serving), { timeoutMs: CLOSE_PATIENCE_MS }).catch(() => {});
  }

  async #serve(): Promise<void> {
    while (this.#waiting.size > 0 || this.#popped) {
      try {
        if (this.#full) await sleep(POLL_MS);
        if (this.#paused) await this.#rest();
        if (!this.#popped && !this.#paused) await this.#pop();
        // Even if the pop brought nothing: a claim tells what is due, and whether the queue is paused.
        await this.#deliver();
        this.#outage = undefined;
      } catch (error) {
        this.#report(error);
        if (this.#closing) break;
      }
    }
    this.#options.dueWatcher.stop();
    this.#serving = undefined;
  }

  async #pop(): Promise<void> {
    const { blocking, keys } = this.#options;
    try {
      const reply = await blocking.send({
        name: "BLMOVE",
        args: [keys.queue, keys.popped, "RIGHT", "LEFT", blocking.blockMs / 1000],
        // The text names the keys, since the error of Redis does not.
        action: `wait for an item (BLMOVE from ${quote(keys.queue)} to ${quote(keys.popped)})`,
      });
      this.#full = false;
      // An interrupted pop may have taken an item.
      this.#popped = reply === INTERRUPTED || typeof reply === "string";
    } catch (error) {
      this.#full = error instanceof RedisReplyError && error.code === "OOM";
      if (!this.#full) throw error;
    }
  }

  /** Waits for the end of a pause, which rings the doorbell. */
  async #rest(): Promise<void> {
    this.#resting = new AbortController();
    const ends = [this.#resting.signal, ...(this.#rung ? [this.#rung] : [])];
    await sleep(this.#options.blocking.blockMs, AbortSignal.any(ends));
  }

  async #deliver(): Promise<void> {
    const { claimer, dueWatcher, giveBack } = this.#options;
    if (this.#waiting.size === 0) {
      if (this.#popped) await claimer.recall();
      this.#popped = false;
      return;
    }
    let wanted = 0;
    for (const { max } of this.#waiting) wanted += max;
    const { rung } = dueWatcher;
    const claimed = await claimer.claim(Math.min(wanted, MAX_ITEMS));
    this.#popped = false;
    this.#paused = claimed.paused;
    this.#rung = rung;
    dueWatcher.learn(claimed.nextDueMs);
    let { items } = claimed;
    for (const waiting of this.#waiting) {
      if (items.length === 0) return;
      waiting.resolve(items.slice(0, waiting.max));
      items = items.slice(waiting.max);
    }
    if (items.length > 0) await giveBack(items);
  }

  /** Reports an outage once. An error of another kind would come again: it ends all waiting. */
  #report(error: unknown): void {
    if (error instanceof RedisUnavailableError) {
      if (this.#outage === undefined) this.#options.onError(error);
      this.#outage = error;
      this.#paused = false;
      return;
    }
    // What was popped stays in front of the queue.
    this.#popped = false;
    for (const waiting of this.#waiting) waiting.reject(error);
  }

  /** Ends the blocked pop when nobody waits for it any more. */
  #stopIfIdle(options?: { atOnce: boolean }): void {
    const isIdle = () => this.#waiting.size === 0;
    if (isIdle()) this.#resting?.abort();
    this.#options.blocking.unblock(isIdle, options);
  }
}
