import type { BlockingCall, BlockingConnection } from "../connection/blocking_connection.ts";
import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { sleep, waitFor } from "../connection/time_limit.ts";
import type { DueWatcher } from "./due_watcher.ts";
import { QueueClosedError, RedisReplyError, RedisUnavailableError } from "../errors.ts";
import type { QueueKeys } from "../lua/keys.ts";
import type { Claimer, Received } from "./claimer.ts";
import type { ClaimedItem } from "../lua/claimed.ts";
import { portionsOf, servedTogether, sumOf, type Wish } from "./wishes.ts";

/** What an {@linkcode ItemWaiter} works with. */
export interface ItemWaiterOptions {
  /** The blocking pop, without a claim behind it. */
  pop: BlockingCall;
  /** Claims at once. */
  claimer: Claimer;
  /** Waits for an item, then claims. */
  waitingClaimer: Claimer;
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

/** The blocking pop: it moves a uid to `popped`, the front of the queue. */
export function blockingPop({ queue, popped }: QueueKeys, blockMs: number): BlockingCall {
  return {
    name: "BLMOVE",
    args: [queue, popped, "RIGHT", "LEFT", blockMs / 1000],
    // The text names the keys, since the error of Redis does not.
    action: `wait for an item (BLMOVE from ${quote(queue)} to ${quote(popped)})`,
  };
}

interface Waiting extends Wish {
  resolve: (items: ClaimedItem[]) => void;
  reject: (error: unknown) => void;
}

/** How often to look for items if Redis refuses a blocking pop. */
const POLL_MS = 500;
/** How long closing waits for the blocked pop to end. */
const CLOSE_PATIENCE_MS = 700;

/**
 * Waits for items while the queue is empty. One blocked pop serves all calls that wait: it moves a uid to `popped`, the front of
 * the queue. A claim, which was sent with it, then takes that uid and what else has come. It asks for as much as those want who
 * wait when it is sent. What they do not want any more goes back.
 */
export class ItemWaiter {
  readonly #options: ItemWaiterOptions;
  /** Calls that wait, the oldest first. */
  readonly #waiting = new Set<Waiting>();
  /** Whether a pop may have taken an item that no claim has followed yet. */
  #claimsNext = false;
  /** Whether a claim follows the blocked pop. */
  #isFollowed = false;
  /** Whether the answer of a claim that waited got lost. */
  #lostClaim = false;
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
   * Resolves to one item or as many as are wished for, or to none after `timeoutMs`. Rejects when `signal` aborts, and if Redis is
   * away after `timeoutMs`.
   */
  wait(wish: Wish, timeoutMs: number, signal?: AbortSignal): Promise<ClaimedItem[]> {
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
        ...wish,
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

  /** While an item may be on its way back, since nobody waits any more: resolves when it is back. */
  get returning(): Promise<void> | undefined {
    return this.#waiting.size === 0 && this.#isFollowed ? this.#serving : undefined;
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
    while (this.#waiting.size > 0 || this.#claimsNext) {
      try {
        if (this.#full) await sleep(POLL_MS);
        if (this.#paused) await this.#rest();
        if (!this.#paused && !this.#claimsNext) await this.#waitForItem();
        if (this.#paused || this.#claimsNext) await this.#claimNow();
        this.#outage = undefined;
      } catch (error) {
        this.#report(error);
        if (this.#closing) break;
      }
    }
    this.#options.dueWatcher.stop();
    this.#serving = undefined;
  }

  /** Even if no item comes, the claim tells what is due, and whether the queue is paused. */
  async #waitForItem(): Promise<void> {
    const { blocking, pop, waitingClaimer } = this.#options;
    try {
      const canBeFollowed = await blocking.canBeFollowed();
      if (this.#waiting.size === 0) return;
      this.#isFollowed = canBeFollowed;
      if (canBeFollowed) {
        const isLate = await this.#deliver(waitingClaimer.claim(this.#wanted()));
        this.#lostClaim = this.#claimsNext = isLate;
      } else {
        // Only closing the connection would end it, and a claim behind it would then take items for nobody.
        const reply = await blocking.send(pop);
        // An interrupted pop may have taken an item. A claim tells what is due, too, and whether the queue is paused.
        this.#claimsNext = reply !== null || this.#waiting.size > 0;
      }
      this.#full = false;
    } catch (error) {
      this.#full = error instanceof RedisReplyError && error.code === "OOM";
      const wasInterrupted = error instanceof QueueClosedError;
      // The claim runs behind a pop that is refused, too, and may have taken what another pop brought.
      this.#lostClaim = this.#full || wasInterrupted ||
        (error instanceof RedisUnavailableError && error.mayHaveHappened);
      this.#claimsNext ||= this.#lostClaim;
      if (!this.#full && !wasInterrupted) throw error;
    }
  }

  async #claimNow(): Promise<void> {
    const { claimer, waitingClaimer } = this.#options;
    if (this.#lostClaim || this.#waiting.size === 0) await waitingClaimer.recall();
    this.#lostClaim = false;
    this.#claimsNext = this.#waiting.size > 0 &&
      await this.#deliver(claimer.claim(this.#wanted()));
  }

  /** Waits for the end of a pause, which rings the doorbell. */
  async #rest(): Promise<void> {
    this.#resting = new AbortController();
    const ends = [this.#resting.signal, ...(this.#rung ? [this.#rung] : [])];
    await sleep(this.#options.blocking.blockMs, AbortSignal.any(ends));
  }

  #wanted(): Wish {
    return sumOf(servedTogether(Array.from(this.#waiting)));
  }

  /** Resolves to whether the items came too late, and are to be claimed again. */
  async #deliver(claiming: Promise<Received>): Promise<boolean> {
    const { dueWatcher, giveBack } = this.#options;
    const { rung } = dueWatcher;
    const { items, paused, nextDueMs, isLate } = await claiming;
    this.#paused = paused;
    this.#rung = rung;
    dueWatcher.learn(nextDueMs);
    const waiting = Array.from(this.#waiting);
    let taken = 0;
    for (const [i, portion] of portionsOf(items, waiting).entries()) {
      waiting[i]!.resolve(portion);
      taken += portion.length;
    }
    if (taken < items.length) await giveBack(items.slice(taken));
    return isLate;
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
    this.#claimsNext = false;
    for (const waiting of this.#waiting) waiting.reject(error);
  }

  /** Ends the blocked pop when nobody waits for it any more. */
  #stopIfIdle(options?: { atOnce: boolean }): void {
    const isIdle = () => this.#waiting.size === 0;
    if (isIdle()) this.#resting?.abort();
    this.#options.blocking.unblock(isIdle, options);
  }
}
