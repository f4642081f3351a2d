import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { TimeLimitError, waitFor } from "../connection/time_limit.ts";
import { RedisUnavailableError } from "../errors.ts";
import type { ClaimedItem } from "../lua/claimed.ts";
import { MAX_ITEMS } from "../lua/limits.ts";
import { CallBatcher, type CallBatcherOptions } from "./call_batcher.ts";
import type { Claimer } from "./claimer.ts";
import type { DueWatcher } from "./due_watcher.ts";
import type { ItemWaiter } from "./item_waiter.ts";

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
  /** Whether the queue was paused at the last claim: then there is nothing to take, whatever waits. */
  paused = false;
  #takesUnderWay = 0;
  /** Resolves what waits for the last of them. */
  #lastTakeEnded = () => {};

  constructor(options: ItemSourceOptions) {
    this.#options = options;
    this.#claims = new CallBatcher({ run: (wishes) => this.#claimAll(wishes), ...options.batch });
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
    const { claimer, dueWatcher } = this.#options;
    const granted: ClaimedItem[][] = wishes.map(() => []);
    let next = 0;
    while (next < wishes.length) {
      const wanted = wishes.slice(next).reduce((sum, wish) => sum + wish, 0);
      const { items, emptied, paused, nextDueMs } = await claimer.claim(
        Math.min(wanted, MAX_ITEMS),
      );
      for (let taken = 0; taken < items.length; next++) {
        const wish = wishes[next]!;
        granted[next] = items.slice(taken, taken + wish);
        taken += wish;
      }
      dueWatcher.learn(nextDueMs);
      this.paused = paused;
      if (emptied || paused) break;
    }
    return granted;
  }

  async #giveBackLate(items: ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    // If this fails, Redis is away, and the end of their leases gives them back.
    await this.#options.giveBack(items).catch(() => {});
  }
}
