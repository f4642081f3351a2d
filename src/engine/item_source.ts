import type { SupervisedConnection } from "../connection/supervised_connection.ts";
import { TimeLimitError, waitFor } from "../connection/time_limit.ts";
import { RedisReplyError, RedisUnavailableError } from "../errors.ts";
import type { Claimed, ClaimedItem } from "../lua/claimed.ts";
import type { AckOutcome, DoneItem } from "../lua/parts/acks.ts";
import { CallBatcher, type CallBatcherOptions } from "./call_batcher.ts";
import type { Claimer } from "./claimer.ts";
import type { DueWatcher } from "./due_watcher.ts";
import type { ItemWaiter } from "./item_waiter.ts";
import { portionsOf, servedTogether, sumOf, type Wish } from "./wishes.ts";

/** How long to wait for items. */
export interface Patience {
  /** Milliseconds; `Infinity` for no limit, negative for not at all. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What a take brought. */
export interface Taken<Item> {
  items: Item[];
  /** Whether it brought nothing because the queue is paused. */
  paused: boolean;
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
  batch: Pick<CallBatcherOptions<Wish, Taken<ClaimedItem>>, "maxCount">;
}

/**
 * How many acks may go along with a claim. More go right behind it: then Redis works on them while the items of the claim are
 * begun, which saves more time than a call costs.
 */
const MOST_RIDERS = 50;

/** How long a blocking take waits for Redis's answer before it assumes that Redis is away. */
const CLAIM_PATIENCE_MS = 1_000;

/** Takes items for those who ask: what is there at once, or else what comes. */
export class ItemSource {
  readonly #options: ItemSourceOptions;
  readonly #claims: CallBatcher<Wish, Taken<ClaimedItem>>;
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

  /** Whether a take is under way. */
  get isTaking(): boolean {
    return this.#takesUnderWay > 0;
  }

  /** Takes up to `max` items, and waits for the first of them. */
  async take(wish: Wish, { timeoutMs, signal }: Patience): Promise<Taken<ClaimedItem>> {
    const { waiter, commands } = this.#options;
    signal?.throwIfAborted();
    const endsAt = performance.now() + timeoutMs;
    const blocking = timeoutMs >= 0;
    this.#takesUnderWay++;
    try {
      try {
        const { returning } = waiter;
        // What comes back is in front of all that this take can get.
        if (returning !== undefined) {
          await waitFor(returning, { timeoutMs: CLAIM_PATIENCE_MS, signal }).catch(() => {});
        }
        const taken = await waitFor(this.#claims.call(wish), {
          timeoutMs: blocking ? Math.min(timeoutMs, CLAIM_PATIENCE_MS) : Infinity,
          signal,
          onLate: ({ items }) => this.#giveBackLate(items),
        });
        if (taken.items.length > 0 || !blocking) return taken;
      } catch (error) {
        // Redis is away: a blocking take waits for it, and for an item, as long as its caller does.
        const away = error instanceof TimeLimitError || error instanceof RedisUnavailableError;
        if (!blocking || !away) throw error;
      }
      const restMs = endsAt - performance.now();
      if (restMs > 0) return { items: await waiter.wait(wish, restMs, signal), paused: false };
      const outage = commands.outage("get an item");
      if (outage !== undefined) throw outage;
      return { items: [], paused: false };
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

  /** Serves many wishes in order. */
  async #claimAll(wishes: Wish[]): Promise<Taken<ClaimedItem>[]> {
    const { dueWatcher } = this.#options;
    const granted: Taken<ClaimedItem>[] = [];
    while (granted.length < wishes.length) {
      const served = servedTogether(wishes.slice(granted.length));
      const { items, emptied, paused, nextDueMs } = await this.#claim(sumOf(served));
      const portions = portionsOf(items, served);
      for (const portion of portions) granted.push({ items: portion, paused });
      dueWatcher.learn(nextDueMs);
      if (!emptied && !paused) continue;
      // There may be something for the wishes behind these: what is not taken ahead is left for them.
      for (const _ of served.slice(portions.length)) granted.push({ items: [], paused });
    }
    return granted;
  }

  /** Claims items, and acks those that are done with the same call, or right behind it if they are many. */
  async #claim(wish: Wish): Promise<Claimed> {
    const { claimer, acks } = this.#options;
    const done = acks.takeAlong(MOST_RIDERS);
    try {
      const claiming = claimer.claim(wish, done?.inputs);
      if (done === undefined) acks.hurry();
      const claimed = await claiming;
      if (done !== undefined) settleLater(() => done.resolve(claimed.acked));
      return claimed;
    } catch (error) {
      if (done === undefined) throw error;
      if (!(error instanceof RedisReplyError)) {
        done.reject(error);
        throw error;
      }
      // Redis refused one of the two. Each in a call of its own, only that one fails, with an error that names it.
      acks.sendAlone(done);
      return await claimer.claim(wish);
    }
  }

  async #giveBackLate(items: ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    // If this fails, Redis is away, and the end of their leases gives them back.
    await this.#options.giveBack(items).catch(() => {});
  }
}

/**
 * How many turns of a promise whoever got items has to send the next claim, before those who acked get their answers: they
 * then go on while Redis works.
 */
const TURNS = 60;

async function settleLater(settle: () => void): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await null;
  settle();
}
