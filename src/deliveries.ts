import { extractTimestamp, validate as isUuid7 } from "@std/uuid/v7";
import { type Backoff, delayAfter } from "./backoff.ts";
import { QueueError, SerializationError } from "./errors.ts";
import { failureOf } from "./failure.ts";
import { HeldItem } from "./held_item.ts";
import { LeaseKeeper } from "./lease_keeper.ts";
import type { ClaimedItem } from "./lua/claim.ts";
import type { FailOutcome, Failure } from "./lua/fail.ts";
import type { Patience, QueueEngine } from "./queue_engine.ts";
import type { FailOptions, QueueItem } from "./queue_item.ts";
import type { Codec } from "./serializers.ts";

/** What {@linkcode Deliveries} work with. */
export interface DeliveriesOptions<T> {
  engine: QueueEngine;
  codec: Codec<T>;
  onError: (error: unknown) => void;
}

/** How items are handed out. */
export interface Terms {
  /** Whether their leases are extended. */
  heartbeat: boolean;
  /** When they are queued again after a failure that says nothing else. */
  backoff: Backoff;
  /** Called for each item that can't be read. */
  onUnreadable?: () => void;
}

const DEFAULT_TERMS: Terms = { heartbeat: true, backoff: 0 };

/** Hands out items whose leases it keeps, and takes back what became of them. */
export class Deliveries<T> {
  readonly #options: DeliveriesOptions<T>;
  readonly #leases: LeaseKeeper;

  constructor(options: DeliveriesOptions<T>) {
    const { engine, onError } = options;
    this.#options = options;
    this.#leases = new LeaseKeeper({
      lease: engine.lease,
      touch: (item) => engine.touch(item),
      onError,
    });
  }

  /**
   * Takes up to `max` items, as the engine does. One that can't be read becomes a dead letter: nobody here could ever do
   * it. So there may be fewer than the engine gave, or none.
   */
  async take(
    max: number,
    patience: Patience,
    { heartbeat, backoff, onUnreadable }: Terms = DEFAULT_TERMS,
  ): Promise<DeliveredItem<T>[]> {
    const { engine, codec } = this.#options;
    const items: DeliveredItem<T>[] = [];
    for (const claimed of await engine.take(max, patience)) {
      const held = new HeldItem(claimed);
      let payload: T;
      try {
        payload = codec.decode(claimed.uid, claimed.payload);
      } catch (error) {
        this.#bury(claimed, error);
        onUnreadable?.();
        continue;
      }
      if (heartbeat) this.#leases.keep(held);
      items.push(new DeliveredItem(held, payload, backoff, this));
    }
    return items;
  }

  touch(held: HeldItem): Promise<boolean> {
    return this.#leases.touch(held);
  }

  /**
   * Items whose lease was lost are acked too: the work was done. Resolves to which items there were. Where it rejects,
   * some may be acked all the same, as their outcome tells.
   */
  async ack(items: HeldItem[]): Promise<boolean[]> {
    for (const held of items) this.#settle(held);
    let next = 0;
    const parts = this.#options.engine.ackAll(items.map(({ uid }) => uid));
    const outcomes = await Promise.allSettled(parts.map(async ({ inputs, outputs }) => {
      const part = items.slice(next, next += inputs.length);
      const acked = await outputs;
      for (const held of part) held.outcome = "acked";
      return acked;
    }));
    return outcomes.flatMap((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  }

  async fail(held: HeldItem, options: FailOptions): Promise<boolean> {
    const failure = failureOf(held, options);
    this.#settle(held);
    // Redis may have begun a new lease already, under which alone the item can be failed.
    await held.touching;
    const outcome = await this.#options.engine.fail({ ...failure, lease: held.lease });
    held.outcome = OUTCOMES[outcome];
    return outcome !== "unchanged";
  }

  /** Gives items back, in their order, as if they had not been taken; their signals abort with `reason`. */
  async release(items: HeldItem[], reason: Error): Promise<void> {
    for (const held of items) {
      this.#settle(held);
      held.abort("released", reason);
    }
    await Promise.all(items.map(({ touching }) => touching)); // as in fail
    if (items.length > 0) await this.#options.engine.release(items);
  }

  /** Leaves off extending leases: those of items that are still held run out. */
  close(): void {
    this.#leases.close();
  }

  #settle(held: HeldItem): void {
    held.settling = true;
    this.#leases.drop(held);
  }

  /** Without waiting: it must not keep other items from their handlers. */
  #bury(claimed: ClaimedItem, error: unknown): void {
    const { engine, onError } = this.#options;
    onError(error);
    const failure: Failure = { ...failureOf(claimed, { error: reasonOf(error) }), hopeless: true };
    // Where Redis is away, the end of its lease brings it here again.
    engine.fail(failure).catch(onError);
  }
}

const OUTCOMES = { requeued: "failed", dead: "dead", unchanged: "lost" } as const satisfies Record<
  FailOutcome,
  string
>;

/** What the serializer itself threw. */
function reasonOf(error: unknown): unknown {
  return error instanceof SerializationError ? error.cause : error;
}

/** An item with its lease. */
export class DeliveredItem<T> implements QueueItem<T> {
  readonly uid: string;
  readonly payload: T;
  readonly held: HeldItem;
  readonly #backoff: Backoff;
  readonly #deliveries: Deliveries<T>;

  constructor(held: HeldItem, payload: T, backoff: Backoff, deliveries: Deliveries<T>) {
    this.uid = held.uid;
    this.payload = payload;
    this.held = held;
    this.#backoff = backoff;
    this.#deliveries = deliveries;
  }

  get attempt(): number {
    return this.held.attempt;
  }

  get enqueuedAt(): Date | null {
    return isUuid7(this.uid) ? new Date(extractTimestamp(this.uid)) : null;
  }

  get signal(): AbortSignal {
    return this.held.signal;
  }

  touch(): Promise<boolean> {
    return this.#deliveries.touch(this.held);
  }

  async ack(): Promise<boolean> {
    const [acked] = await this.#deliveries.ack([this.held]);
    return acked!;
  }

  async fail({ delay, error }: FailOptions = {}): Promise<boolean> {
    return await this.#deliveries.fail(this.held, {
      delay: delay ?? delayAfter(this.#backoff, this.attempt),
      error,
    });
  }

  release(): Promise<void> {
    return this.#deliveries.release([this.held], new QueueError("The item was given back"));
  }
}
