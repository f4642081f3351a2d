import { type Backoff, delayAfter } from "./backoff.ts";
import { SerializationError } from "../errors.ts";
import { failureOf } from "./failure.ts";
import { HeldItem, type ItemHolder, type Outcome } from "./held_item.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import type { ClaimedItem, SharedClaim } from "../lua/claimed.ts";
import type { DoneItem } from "../lua/parts/acks.ts";
import type { FailOutcome, Failure } from "../lua/fail.ts";
import type { QueueEngine } from "../engine/engine.ts";
import type { Patience, Taken } from "../engine/item_source.ts";
import type { Wish } from "../engine/wishes.ts";
import type { FailOptions } from "../queue_item.ts";
import type { Codec } from "../serializers.ts";
import type { Settlement } from "../telemetry.ts";
import type { TelemetryCaller } from "../telemetry_caller.ts";

/** What {@linkcode Deliveries} work with. */
export interface DeliveriesParts<T> {
  engine: QueueEngine;
  codec: Codec<T>;
  telemetry?: TelemetryCaller | undefined;
  onError: (error: unknown) => void;
}

/** How items are handed out. */
export interface DeliveryOptions {
  /** Whether their leases are extended. */
  heartbeat: boolean;
  /** When they are queued again after a failure that says nothing else. */
  backoff: Backoff;
  /** Called for each item that can't be read. */
  onUnreadable?: () => void;
}

const DEFAULTS: DeliveryOptions = { heartbeat: true, backoff: 0 };

/** Hands out items whose leases it keeps, and takes back what became of them. */
export class Deliveries<T> implements ItemHolder<T> {
  readonly #parts: DeliveriesParts<T>;
  readonly #inHand: LeaseKeeper<T>;

  constructor(parts: DeliveriesParts<T>) {
    const { engine, onError } = parts;
    this.#parts = parts;
    this.#inHand = new LeaseKeeper({
      lease: engine.lease,
      touch: (item) => engine.touches.call(item),
      onError,
    });
  }

  /**
   * Takes items, as the engine does. One that can't be read becomes a dead letter: nobody here could ever do
   * it. One that is in hand already stays with its holder, who goes on under the new lease.
   */
  async take(
    wish: Wish,
    patience: Patience,
    options: DeliveryOptions = DEFAULTS,
  ): Promise<Taken<HeldItem<T>>> {
    const items: HeldItem<T>[] = [];
    let claimed: Taken<ClaimedItem>;
    do {
      claimed = await this.#parts.engine.items.take(wish, patience);
      for (const item of claimed.items) {
        const known = this.#inHand.find(item.uid);
        if (known !== undefined && await this.#goesOn(known, item)) continue;
        const held = this.#receive(item, options);
        if (held !== undefined) items.push(held);
      }
    } while (items.length === 0 && claimed.items.length > 0);
    return { items, paused: claimed.paused };
  }

  /** Milliseconds that a lease lasts. */
  get leaseMs(): number {
    return this.#parts.engine.lease * 1000;
  }

  touch(item: HeldItem<T>): Promise<boolean> {
    return this.#inHand.touch(item);
  }

  /** Says that items are done; each gets its outcome. If it rejects, some may have one nevertheless. */
  ack(items: HeldItem<T>[]): Promise<void> {
    return this.#telling("ack", items, () => this.#ack(items));
  }

  /** Resolves to whether the item was in flight by its lease. */
  fail(item: HeldItem<T>, options: FailOptions): Promise<boolean> {
    return this.#telling("fail", [item], () => this.#fail(item, options));
  }

  /** Gives items back, in their order, as if they had not been taken; their signals abort with `reason`. */
  release(items: HeldItem<T>[], reason: Error): Promise<boolean[]> {
    return this.#telling("release", items, () => this.#release(items, reason));
  }

  #telling<R>(
    operation: Settlement,
    items: HeldItem<T>[],
    tell: () => Promise<R>,
  ): Promise<R> {
    const { telemetry } = this.#parts;
    if (telemetry === undefined || items.length === 0) return tell();
    return telemetry.settle(operation, items, tell);
  }

  async #ack(items: HeldItem<T>[]): Promise<void> {
    for (const item of items) {
      item.settling = true;
      if (item.touching || item.inDoubt) await this.#inHand.learnLease(item);
    }
    let next = 0;
    const parts = this.#parts.engine.acks.callAll(items.map(deliveryOf));
    const outcomes = await Promise.allSettled(parts.map(async ({ inputs, outputs }) => {
      const part = items.slice(next, next += inputs.length);
      const claims = part.map(({ claim }) => claim);
      const acked = await outputs;
      part.forEach((item, i) => {
        const outcome = acked[i] === "refused" ? "lost" : "acked";
        this.#settle(item, outcome, claims[i]!);
      });
    }));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    const again = items.filter(({ settled }) => !settled);
    if (again.length > 0) await this.#ack(again);
  }

  async #fail(item: HeldItem<T>, { delay, error }: FailOptions): Promise<boolean> {
    const failure = failureOf(item, {
      delay: delay ?? delayAfter(item.backoff, item.attempt, this.#parts.onError),
      error,
    });
    item.settling = true;
    let outcome: FailOutcome;
    do {
      await this.#inHand.learnLease(item);
      const { lease, claim } = item;
      outcome = await this.#parts.engine.fails.call({ ...failure, lease });
      this.#settle(item, OUTCOMES[outcome], claim);
    } while (!item.settled);
    return outcome !== "unchanged";
  }

  async #release(items: HeldItem<T>[], reason: Error): Promise<boolean[]> {
    for (const item of items) {
      item.settling = true;
      item.abort("released", reason);
      this.letGo(item);
    }
    await Promise.all(items.map((item) => this.#inHand.learnLease(item)));
    return items.length > 0 ? await this.#parts.engine.release(items) : [];
  }

  /** Has `close` wait for a call of the user's. */
  track<R>(call: Promise<R>): Promise<R> {
    return this.#parts.engine.track(call);
  }

  /** The item's handler has ended. */
  letGo(item: HeldItem<T>): void {
    this.#inHand.letGo(item);
  }

  /** Stops extending leases: those of items that are still held run out. */
  close(): void {
    this.#inHand.close();
  }

  /** Whether the item is that in hand: then its holder goes on under the new lease. */
  async #goesOn(known: HeldItem<T>, claimed: ClaimedItem): Promise<boolean> {
    const { engine } = this.#parts;
    if (known.settled) return false;
    try {
      // Under the same uid it may be another item, put when the one in hand was done elsewhere.
      if (await engine.wasPutAgain(known)) return false;
    } catch {
      // Redis is away. If this fails too, the end of its lease gives it back.
      await engine.giveBack([claimed]).catch(() => {});
      return true;
    }
    if (known.settled) return false;
    known.adopt(claimed);
    this.#inHand.hold(known);
    return true;
  }

  /** Returns nothing if the item can't be read. */
  #receive(claimed: ClaimedItem, options: DeliveryOptions): HeldItem<T> | undefined {
    const { heartbeat, backoff, onUnreadable } = options;
    let payload: T;
    try {
      payload = this.#parts.codec.decode(claimed.uid, claimed.payload);
    } catch (error) {
      this.#bury(claimed, error);
      onUnreadable?.();
      return undefined;
    }
    const held = new HeldItem({ claimed, payload, backoff, heartbeat, holder: this });
    this.#inHand.hold(held);
    return held;
  }

  /** Notes what became of an item when Redis was told of the delivery of `claim`. */
  #settle(item: HeldItem<T>, outcome: Outcome, claim: SharedClaim): void {
    // The first outcome counts.
    if (item.settled) return;
    const cameAgain = item.claim !== claim;
    // It is ours again, under another lease: that is to be told, too.
    if (cameAgain && outcome === "lost") return;
    item.settled = true;
    item.outcome = outcome;
    // It was queued, or put, again after that, and whoever was at work on it is done.
    if (cameAgain) this.#parts.engine.giveBack([item]).catch(this.#parts.onError);
  }

  /** Without waiting: it must not keep other items from their handlers. */
  #bury({ uid, claim }: ClaimedItem, error: unknown): void {
    const { engine, onError } = this.#parts;
    onError(error);
    const failure: Failure = {
      ...failureOf({ uid, lease: claim.lease }, { error: reasonOf(error) }),
      hopeless: true,
    };
    // If Redis is away, the end of its lease brings it here again.
    engine.fails.call(failure).catch(onError);
  }
}

const OUTCOMES = { requeued: "failed", dead: "dead", unchanged: "lost" } as const satisfies Record<
  FailOutcome,
  string
>;

function deliveryOf<T>({ uid, lease, claim }: HeldItem<T>): DoneItem {
  return { uid, lease, claimedAt: claim.at, claimSize: lease === claim.lease ? claim.size : 0 };
}

/** What the serializer itself threw. */
function reasonOf(error: unknown): unknown {
  return error instanceof SerializationError ? error.cause : error;
}
