import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { TimeLimitError, waitFor } from "../connection/time_limit.ts";
import { RedisReplyError, RedisUnavailableError } from "../errors.ts";
import type { Claimed, ClaimedItem } from "../lua/claimed.ts";
import { MAX_ITEMS } from "../lua/limits.ts";
import type { AckOutcome, DoneItem } from "../lua/parts/acks.ts";
import { CallBatcher, type CallBatcherOptions } from "./call_batcher.ts";
import type { Claimer } from "./claimer.ts";
import type { DueWatcher } from "./due_watcher.ts";
import type { ItemWaiter } from "./item_waiter.ts";
import { portionsOf } from "./portions.ts";

/** How long to wait for items. */
export interface Patience {
  /** Milliseconds; `Infinity` for no limit, negative for not at all. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What an {@linkcode ItemSource} works with. */
export interface ItemSourceOptions {
  commands: SupervisedConnection;
  claimer: Claimer;
  waiter: ItemWaiter;
  dueWatcher: DueWatcher;
  /** Acks, which go along with claims. */
  acks: CallBatcher<DoneItem, AckOutcome>;
  /** Gives items back to the front of the queue. */
  giveBack: (items: ClaimedItem[]) => Promise<unknown>;
  batch: Pick<CallBatcherOptions<number, ClaimedItem[]>, "maxCount">;
}

/** How long a blocking take waits for Redis's answer before it assumes that Redis is away. */
const CLAIM_PATIENCE_MS = 1_000;

/** Takes items for those who ask: what is there at once, or else what comes. */
export class ItemSource {
  readonly #options: ItemSourceOptions;
  readonly #claims: CallBatcher<number, ClaimedItem[]>;
  #takesUnderWay = 0;
  /** Resolves what waits for the last of them. */
  #lastTakeEnded = () => {};

  constructor(options: ItemSourceOptions) {
    this.#options = options;
    this.#claims = new CallBatcher({
      run: (wishes) => this.#claimAll(wishes),
      onIdle: () => options.acks.start(),
      ...options.batch,
    });
  }

  /** Whether a claim is under way, or about to be. */
  get isClaiming(): boolean {
    return this.#claims.isRunning;
  }

  /** Takes up to `max` items, and waits for the first of them. */
  async take(max: number, { timeoutMs, signal }: Patience): Promise<ClaimedItem[]> {
    const { waiter, commands } = this.#options;
    signal?.throwIfAborted();
    const endsAt = performance.now() + timeoutMs;
    const blocking = timeoutMs >= 0;
    this.#takesUnderWay++;
    try {
      try {
        const items = await waitFor(this.#claims.call(max), {
          timeoutMs: blocking ? Math.min(timeoutMs, CLAIM_PATIENCE_MS) : Infinity,
          signal,
          onLate: (late) => this.#giveBackLate(late),
        });
        if (items.length > 0 || !blocking) return items;
      } catch (error) {
        // Redis is away: a blocking take waits for it, and for an item, as long as its caller does.
        const away = error instanceof TimeLimitError || error instanceof RedisUnavailableError;
        if (!blocking || !away) throw error;
      }
      const restMs = endsAt - performance.now();
      if (restMs > 0) return await waiter.wait(max, restMs, signal);
      const outage = commands.outage("get an item");
      if (outage !== undefined) throw outage;
      return [];
    } finally {
      if (--this.#takesUnderWay === 0) this.#lastTakeEnded();
    }
  }

  /** Resolves when what came for a take that was aborted is on its way back to the queue. */
  async idle(): Promise<void> {
    await this.#options.waiter.idle();
    await this.#claims.idle();
  }

  /** Ends all waiting: takes that wait reject, and no new one waits. */
  endWaiting(): Promise<void> {
    return this.#options.waiter.close();
  }

  /** Resolves when no take is under way. */
  async takesEnded(): Promise<void> {
    if (this.#takesUnderWay === 0) return;
    await new Promise<void>((resolve) => this.#lastTakeEnded = resolve);
  }

  /** Serves many wishes, each for a number of items, in order. */
  async #claimAll(wishes: number[]): Promise<ClaimedItem[][]> {
    const { dueWatcher } = this.#options;
    const granted: ClaimedItem[][] = wishes.map(() => []);
    let next = 0;
    while (next < wishes.length) {
      const wanted = wishes.slice(next).reduce((sum, wish) => sum + wish, 0);
      const { items, emptied, paused, nextDueMs } = await this.#claim(
        Math.min(wanted, MAX_ITEMS),
      );
      for (const portion of portionsOf(items, wishes.slice(next))) granted[next++] = portion;
      dueWatcher.learn(nextDueMs);
      if (emptied || paused) break;
    }
    return granted;
  }

  /** Claims items, and acks those that are done with the same call. */
  async #claim(max: number): Promise<Claimed> {
    const { claimer, acks } = this.#options;
    const done = acks.takeAlong();
    try {
      const claimed = await claimer.claim(max, done?.inputs);
      done?.resolve(claimed.acked);
      return claimed;
    } catch (error) {
      if (done === undefined) throw error;
      if (!(error instanceof RedisReplyError)) {
        done.reject(error);
        throw error;
      }
      // Redis refused one of the two. Each in a call of its own, only that one fails, with an error that names it.
      acks.sendAlone(done);
      return await claimer.claim(max);
    }
  }

  async #giveBackLate(items: ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    // If this fails, Redis is away, and the end of their leases gives them back.
    await this.#options.giveBack(items).catch(() => {});
  }
}
