import { extractTimestamp, validate as isUuid7 } from "@std/uuid/v7";
import type { Backoff } from "./backoff.ts";
import { QueueError } from "../errors.ts";
import { checkFailOptions } from "./failure.ts";
import { type ItemHeaders, readHeaders } from "../headers.ts";
import type { ClaimedItem, SharedClaim } from "../lua/claimed.ts";
import { about } from "../concerned_uids.ts";
import type { FailOptions, QueueItem } from "../queue_item.ts";

/**
 * What became of an item in our hands: failed and queued again, dead, given back to the front, its lease lost, or the item
 * itself gone.
 */
export type Outcome = "acked" | "failed" | "dead" | "released" | "lost" | "cancelled";

/** Where a {@linkcode HeldItem} says what became of it. */
export interface ItemHolder<T> {
  touch(item: HeldItem<T>): Promise<boolean>;
  ack(items: HeldItem<T>[]): Promise<void>;
  fail(item: HeldItem<T>, options: FailOptions): Promise<boolean>;
  /** Resolves to which of them were in flight. */
  release(items: HeldItem<T>[], reason: Error): Promise<boolean[]>;
  /** Has `close` wait for a call of the user's. */
  track<R>(call: Promise<R>): Promise<R>;
}

/** What a {@linkcode HeldItem} works with. */
export interface HeldItemOptions<T> {
  claimed: ClaimedItem;
  payload: T;
  backoff: Backoff;
  heartbeat: boolean;
  holder: ItemHolder<T>;
}

/** An item in hand: from its claim until its handler has ended and Redis was told what became of it. */
export class HeldItem<T> implements QueueItem<T> {
  readonly uid: string;
  readonly payload: T;
  /** Size of its payload and headers. */
  readonly bytes: number;
  attempt: number;
  readonly orderKey: string | undefined;
  /** The claim that it came with. */
  claim: SharedClaim;
  /** Names its lease, see `lua/parts/leases.ts`. */
  lease: number;
  /** When it was seen last that it has a lease, as `performance.now()` counts; only known of items taken ahead. */
  keptAt = 0;
  outcome: Outcome | undefined;
  /** Whether Redis is being told of its outcome. */
  settling = false;
  /** Whether Redis has been told. */
  settled = false;
  /** Whether its lease is extended until it is settled. */
  readonly heartbeat: boolean;
  /** Set while its lease is being extended: resolves when `lease` is that of Redis again. */
  touching: Promise<void> | undefined;
  /** Whether Redis may know it by another lease: the answer to the last touch got lost. */
  inDoubt = false;
  /** When it is queued again after a failure that says nothing else. */
  readonly backoff: Backoff;
  /** Set once the user's code says what became of it: resolves when Redis has answered that, or does not. */
  telling: Promise<void> | undefined;
  /** Whether Redis has answered what the user's code said. */
  #told = false;
  #released = false;
  readonly #holder: ItemHolder<T>;
  /** As JSON; once someone has looked at them, as an object. */
  #headers: string | ItemHeaders | undefined;
  #abort: AbortController | undefined;
  #reason: unknown;

  constructor({ claimed, payload, backoff, heartbeat, holder }: HeldItemOptions<T>) {
    this.uid = claimed.uid;
    this.payload = payload;
    this.bytes = claimed.payload.length + (claimed.headers?.length ?? 0);
    this.attempt = claimed.attempt;
    this.orderKey = claimed.orderKey;
    this.#headers = claimed.headers;
    this.claim = claimed.claim;
    this.lease = claimed.claim.lease;
    this.heartbeat = heartbeat;
    this.backoff = backoff;
    this.#holder = holder;
  }

  get enqueuedAt(): Date | null {
    return isUuid7(this.uid) ? new Date(extractTimestamp(this.uid)) : null;
  }

  get headers(): ItemHeaders {
    if (typeof this.#headers !== "object") this.#headers = readHeaders(this.#headers);
    return this.#headers;
  }

  /** Aborts when the work on it is in vain. Made on demand, since few handlers look at it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  /** Says that the work on it is in vain. */
  abort(outcome: Outcome, reason: Error): void {
    this.outcome = outcome;
    this.#reason = reason;
    this.#abort?.abort(reason);
  }

  /** Goes on under the lease of another claim: the item came again while it is in hand. */
  adopt({ claim, attempt }: ClaimedItem): void {
    this.claim = claim;
    this.lease = claim.lease;
    this.attempt = attempt;
    this.inDoubt = false;
    if (this.outcome === "lost") this.outcome = undefined;
  }

  // What the user calls; `close` waits for these.

  async touch(): Promise<boolean> {
    return await about([this.uid], this.#holder.track(this.#holder.touch(this)));
  }

  async ack(): Promise<boolean> {
    await this.#tell(() => this.#holder.ack([this]));
    return this.outcome === "acked";
  }

  async fail(options: FailOptions = {}): Promise<boolean> {
    checkFailOptions(options);
    await this.#tell(() => this.#holder.fail(this, options));
    return this.outcome === "failed" || this.outcome === "dead";
  }

  async release(): Promise<boolean> {
    const reason = new QueueError("The item was given back");
    await this.#tell(async () => {
      [this.#released = false] = await this.#holder.release([this], reason);
    });
    return this.#released;
  }

  /** Tells Redis what became of the item, unless it was told before: the first outcome counts. */
  async #tell(tell: () => Promise<unknown>): Promise<void> {
    const before = this.telling;
    const told = before === undefined
      ? this.#tellOnce(tell)
      : before.then(() => this.#tellOnce(tell));
    this.telling = told.catch(() => {});
    await about([this.uid], this.#holder.track(told));
  }

  async #tellOnce(tell: () => Promise<unknown>): Promise<void> {
    if (this.settled || this.#told || this.outcome === "cancelled") return;
    await tell();
    this.#told = true;
  }

  // How it is shown: as the `QueueItem` that the user knows.

  toJSON(): Pick<QueueItem<T>, "uid" | "payload" | "attempt" | "enqueuedAt"> {
    const { uid, payload, attempt, enqueuedAt } = this;
    return { uid, payload, attempt, enqueuedAt };
  }

  [Symbol.for("Deno.customInspect")](inspect: Inspect, options: Deno.InspectOptions): string {
    return this.#inspect(inspect, options);
  }

  [Symbol.for("nodejs.util.inspect.custom")](_: number, options: object, inspect: Inspect): string {
    return this.#inspect(inspect, options);
  }

  #inspect(inspect: Inspect, options: object): string {
    return `QueueItem ${inspect({ ...this.toJSON(), signal: this.signal }, options)}`;
  }
}

type Inspect = (value: unknown, options: object) => string;
