import { waitFor } from "../connection/time_limit.ts";
import type { Deliveries, DeliveryOptions } from "./deliveries.ts";
import { errorText } from "../error_text.ts";
import { HandlerError, QueueError, RedisUnavailableError } from "../errors.ts";
import type { HeldItem, Outcome } from "./held_item.ts";
import type { Taken } from "../engine/item_source.ts";
import type { Wish } from "../engine/wishes.ts";
import { ItemsAhead } from "./items_ahead.ts";
import type { QueueItem } from "../queue_item.ts";
import type { TelemetryCaller } from "../telemetry_caller.ts";

/** Does the work on one item: to return acks it, to throw fails it. */
export type Handler<T> = (item: QueueItem<T>) => unknown;

/** How a {@linkcode Worker} works. */
export interface WorkerOptions<T> {
  deliveries: Deliveries<T>;
  handler: Handler<T>;
  concurrency: number;
  delivery: DeliveryOptions;
  /** Ends the work: no item is begun any more. */
  stop: AbortSignal;
  /** Milliseconds that items under way have from then on. */
  shutdownTimeoutMs: number;
  /** Maximum number of items to begin. */
  maxItems: number;
  /** How many items to take ahead. */
  prefetch: number;
  /** Whether to end when no item waits, rather than to wait for one. */
  untilEmpty: boolean;
  telemetry?: TelemetryCaller | undefined;
  /** Resolves when what came too late for this worker is back in the queue. */
  idle: () => Promise<void>;
  onError: (error: unknown) => void;
}

/** How often each outcome came about. */
export type Outcomes = Record<Outcome, number>;

/** Why a worker ended. */
export type End = "empty" | "paused" | "maxItems" | "stopped";

/** How long a stopped worker waits for Redis to take back what was not finished. */
const GIVE_BACK_PATIENCE_MS = 800;

/** Get, handler, ack or fail: for up to `concurrency` items at once, until it is stopped. */
export class Worker<T> {
  readonly outcomes: Outcomes = {
    acked: 0,
    failed: 0,
    dead: 0,
    released: 0,
    lost: 0,
    cancelled: 0,
  };
  readonly #options: WorkerOptions<T>;
  readonly #delivery: DeliveryOptions;
  #begun = 0;
  /** Items that no handler is free for yet. */
  readonly #ahead: ItemsAhead<T>;
  /** Items whose handler runs. */
  #running = 0;
  /** Items begun and without outcome, oldest first. */
  readonly #underWay = new Set<HeldItem<T>>();
  /** Items that are done, and of which Redis was not told yet. */
  #done: HeldItem<T>[] = [];
  /** Set when the time of a stopped worker is over. */
  #overdue = false;
  /** Resolved at the next change, see {@linkcode #change}. */
  #next = Promise.withResolvers<void>();

  constructor(options: WorkerOptions<T>) {
    this.#options = options;
    this.#delivery = { ...options.delivery, onUnreadable: () => this.outcomes.dead++ };
    this.#ahead = new ItemsAhead({
      most: options.prefetch,
      leaseMs: options.deliveries.leaseMs,
      giveBack: (items) => {
        const reason = new QueueError("The consumer has become too slow for it");
        options.deliveries.release(items, reason).catch(options.onError);
      },
    });
  }

  /** How many items it has in hand. */
  get inHand(): number {
    return this.#underWay.size + this.#ahead.length;
  }

  /** Works; resolves to why it ended. Rejects if Redis refuses, or if it is away and the worker would not wait. */
  async run(): Promise<End> {
    const { stop } = this.#options;
    const wake = () => this.#next.resolve();
    stop.addEventListener("abort", wake);
    try {
      return await this.#work();
    } finally {
      await this.#finish();
      this.#ahead.close();
      stop.removeEventListener("abort", wake);
    }
  }

  async #work(): Promise<End> {
    const { stop, maxItems, untilEmpty } = this.#options;
    while (!stop.aborted) {
      const left = maxItems - this.#begun - this.#ahead.length;
      if (left === 0 && this.#ahead.length === 0) return "maxItems";
      const wish = this.#wish(left);
      if (wish.max === 0) {
        await this.#change();
        continue;
      }
      const wasBusy = this.#underWay.size > 0;
      const { items, paused } = await this.#take(wish);
      for (const item of items) this.#ahead.add(item);
      this.#begin();
      if (paused) this.#giveBackAhead("The queue was paused").catch(this.#options.onError);
      if (items.length > 0 || stop.aborted) continue;
      if (wish.free > 0) {
        if (!untilEmpty) continue;
        // One that was under way may have failed since Redis was asked, or fail yet, and wait again.
        if (!wasBusy) return paused ? "paused" : "empty";
      }
      if (this.#underWay.size > 0) await this.#change();
    }
    return "stopped";
  }

  /** How many items to take. `left` is how many it may still take at all. */
  #wish(left: number): Wish {
    const free = Math.min(this.#options.concurrency - this.#running, left);
    return { max: Math.min(free + this.#ahead.room, left), free };
  }

  async #take(wish: Wish): Promise<Taken<HeldItem<T>>> {
    const { deliveries, stop, untilEmpty } = this.#options;
    const isAhead = wish.free === 0;
    const patience = { timeoutMs: untilEmpty || isAhead ? -1 : Infinity, signal: stop };
    try {
      return await deliveries.take(wish, patience, this.#delivery);
    } catch (error) {
      // If Redis is away, that counts only when a handler is free.
      const isLate = isAhead && error instanceof RedisUnavailableError;
      if (stop.aborted || isLate) return { items: [], paused: false };
      throw error;
    }
  }

  /** Begins the items for which a handler is free. */
  #begin(): void {
    const { concurrency, deliveries, stop } = this.#options;
    while (this.#running < concurrency && !stop.aborted) {
      const item = this.#ahead.next();
      if (item === undefined) return;
      // One whose lease was lost while it waited is in other hands.
      if (item.outcome === undefined) this.#handle(item);
      else deliveries.letGo(item);
    }
  }

  /** Gives back what was taken ahead, as if it had not been taken; `younger` resolves when what came after it is back. */
  async #giveBackAhead(reason: string, younger?: () => Promise<void>): Promise<void> {
    const items = this.#ahead.takeAll();
    if (items.length > 0) await younger?.();
    await this.#options.deliveries.release(items, new QueueError(reason));
  }

  async #handle(item: HeldItem<T>): Promise<void> {
    this.#begun++;
    this.#running++;
    this.#underWay.add(item);
    const { handler, telemetry } = this.#options;
    let failure: { error: unknown } | undefined;
    try {
      await (telemetry === undefined ? handler(item) : telemetry.handle(item, handler));
    } catch (error) {
      failure = { error };
      this.#tell(item, error);
    }
    this.#running--;
    this.#ahead.finish();
    this.#begin();
    this.#next.resolve();
    // What the handler itself has said of the item comes before how it ended.
    if (item.telling !== undefined) await item.telling;
    if (failure !== undefined) {
      await this.#settle(
        [item],
        ({ outcome }) => outcome === undefined,
        () => this.#options.deliveries.fail(item, { error: errorText(failure.error) }),
      );
    } else if (this.#done.push(item) === 1) {
      await this.#ackDone();
    }
  }

  /** Acks the items that are done, all those of a turn together: to tell of each by itself would cost more than the rest. */
  async #ackDone(): Promise<void> {
    await null;
    const items = this.#done;
    this.#done = [];
    // An item whose lease was lost is acked nevertheless, unless the handler itself has settled it.
    const own = new Set(items.filter(({ settling }) => settling));
    await this.#settle(
      items,
      (item) =>
        !item.settled &&
        (item.outcome === undefined || (item.outcome === "lost" && !own.has(item))),
      (open) => this.#options.deliveries.ack(open),
    );
  }

  #tell({ uid, attempt, outcome }: HeldItem<T>, cause: unknown): void {
    if (outcome === "released" || outcome === "cancelled") return; // it was told to leave off
    const message = `The handler failed at the item ${uid}, attempt ${attempt}`;
    this.#options.onError(new HandlerError(message, { uid, attempt, cause }));
  }

  /**
   * Says what became of items, through any outage: an item whose ack got lost would be done twice. Whatever happens here,
   * they are in hand no more at its end.
   */
  async #settle(
    items: HeldItem<T>[],
    isOpen: (item: HeldItem<T>) => boolean,
    tell: (open: HeldItem<T>[]) => Promise<unknown>,
  ): Promise<void> {
    try {
      for (let open = items.filter(isOpen); open.length > 0; open = open.filter(isOpen)) {
        try {
          await tell(open);
        } catch (error) {
          if (error instanceof RedisUnavailableError && !this.#overdue) continue;
          this.#options.onError(error);
          break;
        }
      }
    } finally {
      for (const item of items) {
        this.#options.deliveries.letGo(item);
        this.#underWay.delete(item);
        const { outcome } = item;
        if (outcome !== undefined && !this.#overdue) this.outcomes[outcome]++;
      }
      this.#next.resolve();
    }
  }

  /** Waits for the items under way, and gives back those that take too long. */
  async #finish(): Promise<void> {
    const { deliveries, stop, shutdownTimeoutMs, idle } = this.#options;
    // The last goes back first, so that the oldest ends up foremost: what a take under way still brings is younger.
    const late = () => waitFor(idle(), { timeoutMs: GIVE_BACK_PATIENCE_MS / 2 }).catch(() => {});
    const unbegun = this.#giveBackAhead("The consumer was stopped", late).catch(() => {});
    const allDone = this.#allDone();
    // A worker that was not stopped has the time that it takes, until it is.
    if (!stop.aborted) await waitFor(allDone, { signal: stop }).catch(() => {});
    await waitFor(allDone, { timeoutMs: shutdownTimeoutMs }).catch(() => {});
    this.#overdue = true;
    const overdue = Array.from(this.#underWay).filter(({ outcome }) => outcome === undefined);
    for (const { outcome } of this.#underWay) this.outcomes[outcome ?? "released"]++;
    const reason = new QueueError("The consumer was stopped, and its shutdownTimeout is over");
    // After those that were not begun: the oldest come last, so that they end up foremost.
    const givenBack = unbegun.then(() => deliveries.release(overdue, reason)).then(idle);
    // If this fails, Redis is away, and the end of their leases gives them back.
    await waitFor(givenBack, { timeoutMs: GIVE_BACK_PATIENCE_MS }).catch(() => {});
  }

  async #allDone(): Promise<void> {
    while (this.#underWay.size > 0) await this.#change();
  }

  /**
   * Resolves when a handler has ended, an item has its outcome, or the worker is stopped; at once if that has happened since
   * it last did.
   */
  async #change(): Promise<void> {
    await this.#next.promise;
    this.#next = Promise.withResolvers();
  }
}
