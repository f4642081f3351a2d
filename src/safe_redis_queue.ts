import {
  checkHandler,
  checkList,
  checkUid,
  chosenUids,
  type GetOptions,
  patienceOf,
  placeOf,
  type PutManyOptions,
  type PutOptions,
  termsOf,
} from "./arguments.ts";
import { type DeadLetters, deadLettersOf } from "./dead_letters.ts";
import { Deliveries } from "./worker/deliveries.ts";
import { about, inPart, mayHaveHappened, outputsOf } from "./concerned_uids.ts";
import { QueueClosedError, QueueError } from "./errors.ts";
import { checkFailOptions, failureOf } from "./worker/failure.ts";
import { type ItemHeaders, readHeaders } from "./headers.ts";
import type { HeldItem } from "./worker/held_item.ts";
import { type Consumer, consumersOf } from "./consumers.ts";
import { clear } from "./lua/clear.ts";
import { listConsumers } from "./lua/list_consumers.ts";
import { deleteItems } from "./lua/delete.ts";
import { find } from "./lua/find.ts";
import { pause } from "./lua/pause.ts";
import { peek } from "./lua/peek.ts";
import { promoteItems } from "./lua/promote_items.ts";
import type { NewItem } from "./lua/put.ts";
import type { Due } from "./lua/put_named_or_later.ts";
import { type Counts, stats } from "./lua/stats.ts";
import { type GivenOptions, resolveOptions, type SafeRedisQueueOptions } from "./options.ts";
import { QueueEngine } from "./engine/engine.ts";
import { MAX_ITEMS } from "./lua/limits.ts";
import {
  entryOf,
  type ItemState,
  listEntries,
  type QueueEntry,
  type QueueList,
  type QueueListOptions,
} from "./queue_entry.ts";
import type { FailOptions, QueueItem } from "./queue_item.ts";
import { type QueueStats, statsOf } from "./queue_stats.ts";
import type { Codec } from "./serializers.ts";
import type { Settlement } from "./telemetry.ts";
import type { TelemetryCaller } from "./telemetry_caller.ts";
import { newUid } from "./engine/uid.ts";
import type { Wish } from "./engine/wishes.ts";
import {
  type ConsumeOptions,
  type DrainOptions,
  type DrainResult,
  resolveConsumeOptions,
  resolveDrainOptions,
} from "./worker/work_options.ts";
import { type Handler, Worker, type WorkerOptions } from "./worker/worker.ts";
import { isWithinWorker, runWorker } from "./worker/worker_scope.ts";

/** What `get` resolves to: an item with its uid, or two `null`s when none came in time. */
export type GetResult<T> = [uid: string, item: T] | [uid: null, item: null];

/** An item that was looked at and not claimed. */
export interface PeekedItem<T> {
  /** The item's uid. */
  uid: string;
  /** What was put; `undefined` if it can't be read. */
  payload: T | undefined;
  /** The stored bytes. */
  bytes: Uint8Array;
  /** What was put beside the payload; `{}` for nothing. */
  headers: ItemHeaders;
}

/** What is inside a queue, for the parts of this package beside it: the dashboard. */
export let insideOf: <T>(queue: SafeRedisQueue<T>) => { engine: QueueEngine; codec: Codec<T> };

/**
 * A reliable FIFO queue on Redis: `put` an item, `get` it elsewhere, `ack` it when it is done. An item that was not acked
 * is delivered again: at once after `fail`, and when its lease ends if its consumer crashed.
 *
 * Any number of producers and consumers share a queue, those of the Python library saferedisqueue 4.x included. The
 * connection opens with the first call, and again by itself after an outage.
 *
 * @typeParam T The type of an item: `string`, unless a serializer is given.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * await using queue = new SafeRedisQueue({ name: "greetings" });
 * await queue.put("Hello World");
 *
 * const [uid, item] = await queue.get(5);
 * if (uid !== null) {
 *   console.log(item); // Hello World
 *   await queue.ack(uid);
 * }
 * ```
 */
export class SafeRedisQueue<T = string> implements AsyncDisposable {
  /** The queue's name: its keys in Redis begin with `srq:NAME:`. */
  readonly name: string;
  /** The items that were delivered in vain as often as `maxAttempts` allows. */
  readonly dead: DeadLetters<T>;
  readonly #codec: Codec<T>;
  readonly #engine: QueueEngine;
  readonly #deliveries: Deliveries<T>;
  readonly #telemetry: TelemetryCaller | undefined;
  readonly #onError: (error: unknown) => void;
  /** Aborts when the queue is closed: its workers stop. */
  readonly #closed = new AbortController();
  readonly #workers = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  static {
    insideOf = (queue) => ({ engine: queue.#engine, codec: queue.#codec });
  }

  /**
   * Makes a queue; it connects with the first call.
   *
   * @param options Where Redis is, the queue's name, and how it works; see {@linkcode SafeRedisQueueOptions}.
   * @throws {TypeError} If an option is unknown or has a wrong value.
   *
   * @example
   * ```ts
   * import { json, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue<{ to: string }>({
   *   url: "redis://localhost:6379/7",
   *   name: "mails",
   *   serializer: json,
   * });
   * ```
   */
  constructor(options: SafeRedisQueueOptions<T>);
  /**
   * Makes a queue of strings with the default options.
   *
   * @param options None.
   */
  constructor(...options: [T] extends [string] ? [] : [options: SafeRedisQueueOptions<T>]);
  constructor(options: GivenOptions<T> = {}) {
    const { codec, telemetry, ...resolved } = resolveOptions(options);
    const { name, onError } = resolved;
    this.name = name;
    this.#codec = codec;
    this.#onError = onError;
    this.#engine = new QueueEngine(resolved);
    this.#telemetry = telemetry;
    this.#deliveries = new Deliveries({ engine: this.#engine, codec, telemetry, onError });
    this.dead = deadLettersOf(this.#engine, codec, (action) => this.#use(action));
  }

  /**
   * Connects now rather than with the first call, to learn early of a wrong address or password.
   *
   * @throws {RedisUnavailableError} If Redis can't be reached at the first attempt.
   * @throws {RedisReplyError} If Redis refuses user or password.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ url: "redis://localhost:6379" });
   * await queue.connect();
   * ```
   */
  async connect(): Promise<void> {
    this.#use("connect");
    await this.#engine.connect();
  }

  /**
   * Adds an item at the back of the queue. Concurrent calls keep their order and share round trips.
   *
   * @param item The item; a string, or what the serializer takes.
   * @param options When it is queued, under which uid, in which order it is handled, and with which headers; by default at once,
   * under a new uid.
   * @returns The item's uid, once the item is in Redis.
   * @throws {SerializationError} If the item can't be turned into bytes; nothing was stored.
   * @throws {RedisUnavailableError} If Redis did not confirm it within `commandTimeout`; the error's `uids` and
   * `mayHaveHappened` tell whether it may be stored.
   * @throws {ReplicationError} If fewer replicas than the option `replicas` demands confirmed it; it stays stored.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uid = await queue.put("Hello World");
   * await queue.put("Happy New Year", { at: new Date("2030-01-01") });
   * await queue.put("Good morning", { uid: "morning-of-2030-01-01", delay: 2.5 });
   * await queue.put("Ada moves to Rome", { orderKey: "ada" });
   * await queue.put("Ada moves to Oslo", { orderKey: "ada" }); // handled when that before it is done
   * await queue.put("Good night", { headers: { language: "en" } }); // in `item.headers`
   * ```
   */
  async put(item: T, options?: PutOptions): Promise<string> {
    this.#use("put an item");
    const { uid: name, due, orderKey, headers } = placeOf(options);
    const uid = name ?? newUid();
    const payload = this.#codec.encode(item);
    // An ack of this uid that was called before it must not delete this item.
    if (name !== undefined) this.#engine.acks.hurry();
    try {
      const item = { uid, payload, isOwn: name === undefined, due, orderKey, headers };
      const puts = this.#putsOf(due);
      if (this.#telemetry === undefined) await puts.call(item);
      else {
        const sending = { uids: [uid], isBatch: false, headers };
        await this.#telemetry.send(sending, (headers) => puts.call({ ...item, headers }));
      }
    } catch (error) {
      throw inPart(error, mayHaveHappened(error) ? [uid] : []);
    }
    return uid;
  }

  /**
   * Adds items in their order. If one of them can't be turned into bytes, none is stored.
   *
   * @param items The items.
   * @param options When they are queued, in which order they are handled, and the headers of each; by default at once.
   * @returns Their uids, in order.
   * @throws {SerializationError} If an item can't be turned into bytes; nothing was stored.
   * @throws {RedisUnavailableError} If Redis did not confirm all of them; the error's `uids` are those that are, or
   * may be, stored.
   * @throws {RedisReplyError} If Redis refuses, for example because it is full; the error's `uids` are those that are stored.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uids = await queue.putMany(["Hello", "World"]);
   * ```
   */
  async putMany(items: Iterable<T>, options?: PutManyOptions): Promise<string[]> {
    this.#use("put items");
    const { due, orderKey, headers } = termsOf(options);
    const stored: NewItem[] = Array.from(checkList(items, "put items"), (item) => ({
      uid: newUid(),
      payload: this.#codec.encode(item),
      isOwn: true,
      due,
      orderKey,
      headers,
    }));
    const uids = stored.map(({ uid }) => uid);
    const put = (items: NewItem[]) => outputsOf(this.#putsOf(due).callAll(items), ({ uid }) => uid);
    if (this.#telemetry === undefined || stored.length === 0) await put(stored);
    else {
      await this.#telemetry.send(
        { uids, isBatch: true, headers },
        (headers) => put(stored.map((item) => ({ ...item, headers }))),
      );
    }
    return uids;
  }

  /**
   * Takes the next item; its `lease` begins. `ack` or `fail` its uid when you know how it went.
   *
   * @param timeout Seconds to wait for an item, fractions too: 0 (the default) waits forever, a negative number not at
   * all. Or an object with `timeout` and `signal`.
   * @returns The uid and the item, or two `null`s when none came in time.
   * @throws {SerializationError} If the payload can't be read. The item is in flight: ack or fail the error's `uid`.
   * @throws {QueueClosedError} When the queue is closed while it waits.
   * @throws {RedisUnavailableError} If Redis is away at the end of the timeout. Without one it waits on.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * await queue.put("Hello World");
   * const [uid, item] = await queue.get(0.5);
   * if (uid !== null) await queue.ack(uid);
   * ```
   */
  async get(timeout: number | GetOptions = 0): Promise<GetResult<T>> {
    this.#use("get an item");
    const { items } = await this.#engine.items.take(ONE, patienceOf(timeout));
    const [first] = items;
    if (first === undefined) return [null, null];
    this.#telemetry?.receive(1);
    return [first.uid, this.#codec.decode(first.uid, first.payload)];
  }

  /**
   * Takes up to `max` items that are there, or waits for the first as `get` does.
   *
   * @param max Maximum number of items to take; a whole number above 0. One call takes at most 1,000, and about 4 MiB of payload.
   * @param timeout As for {@linkcode SafeRedisQueue.get}.
   * @returns Pairs of uid and item, oldest first; none when none came in time.
   * @throws {SerializationError} If a payload can't be read: its item is in flight, to be acked or failed by the
   * error's `uid`; the call's other items are back at the front of the queue.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const items = await queue.getMany(100, -1);
   * await queue.ackMany(items.map(([uid]) => uid));
   * ```
   */
  async getMany(max: number, timeout: number | GetOptions = 0): Promise<[uid: string, item: T][]> {
    this.#use("get items");
    if (!Number.isSafeInteger(max) || max < 1) {
      throw new TypeError(`Cannot get ${Deno.inspect(max)} items: expected a whole number above 0`);
    }
    const most = Math.min(max, MAX_ITEMS);
    const wish = { max: most, free: most };
    const { items: claimed } = await this.#engine.items.take(wish, patienceOf(timeout));
    this.#telemetry?.receive(claimed.length);
    const items: [uid: string, item: T][] = [];
    for (const { uid, payload } of claimed) {
      try {
        items.push([uid, this.#codec.decode(uid, payload)]);
      } catch (error) {
        const others = claimed.filter((other) => other.uid !== uid);
        // If this fails, Redis is away, and the end of their leases gives them back.
        await this.#engine.giveBack(others).catch(() => {});
        throw error;
      }
    }
    return items;
  }

  /**
   * Says that an item is done: it is deleted, wherever it is and whoever holds it. (An `ack` of a worker, or
   * `item.ack()`, leaves it alone if it is in other hands by then.)
   *
   * @param uid The uid that `get` returned.
   * @returns Whether there was such an item.
   */
  async ack(uid: string): Promise<boolean> {
    this.#use("ack an item");
    checkUid(uid, "ack");
    const acked = this.#settling("ack", [{ uid }], () => this.#engine.acks.call({ uid }));
    return await this.#about([uid], acked) === "acked";
  }

  /**
   * Acks many items at once.
   *
   * @param uids Their uids.
   * @returns Whether there was such an item, for each uid in order.
   * @throws {RedisUnavailableError} If Redis did not confirm all of them; the error's `uids` are those that are, or may
   * be, acked.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const items = await queue.getMany(100, -1);
   * const acked = await queue.ackMany(items.map(([uid]) => uid));
   * console.log(`${acked.filter((done) => done).length} are done`);
   * ```
   */
  async ackMany(uids: Iterable<string>): Promise<boolean[]> {
    this.#use("ack items");
    const checked = Array.from(checkList(uids, "ack items"), (uid) => ({
      uid: checkUid(uid, "ack"),
    }));
    const acked = this.#settling(
      "ack",
      checked,
      () => outputsOf(this.#engine.acks.callAll(checked), ({ uid }) => uid),
    );
    return (await this.#engine.track(acked)).map((outcome) => outcome === "acked");
  }

  /**
   * Says that an item could not be done: it is requeued behind the items that wait, or after `delay` seconds, or moves to
   * the dead letters if this was the last attempt that `maxAttempts` allows.
   *
   * @param uid The uid that `get` returned.
   * @param options When it is queued again, and why it failed.
   * @returns Whether the item was in flight; if not (its lease ran out, or it was acked), nothing changed.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings", maxAttempts: 5 });
   * const [uid] = await queue.get(-1);
   * if (uid !== null) await queue.fail(uid, { delay: 30, error: "the mail server is away" });
   * ```
   */
  async fail(uid: string, options: FailOptions = {}): Promise<boolean> {
    this.#use("fail an item");
    checkFailOptions(options);
    const failure = failureOf({ uid: checkUid(uid, "fail") }, options);
    const failed = this.#settling("fail", [failure], () => this.#engine.fails.call(failure));
    const outcome = await this.#about([uid], failed);
    return outcome !== "unchanged";
  }

  /**
   * Begins the lease of an item anew, for work that takes longer than one `lease`. (`consume`, `drain` and
   * `for await` do this by themselves.)
   *
   * @param uid The uid that `get` returned.
   * @returns Whether the item was in flight; if not (its lease ran out, or it was acked), nothing changed.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "films", lease: 60 });
   * const [uid, film] = await queue.get(-1);
   * if (uid !== null) {
   *   for (const part of film.split("\n")) {
   *     console.log(part); // takes less than a minute
   *     if (!await queue.touch(uid)) throw new Error("Another consumer has it");
   *   }
   *   await queue.ack(uid);
   * }
   * ```
   */
  async touch(uid: string): Promise<boolean> {
    this.#use("touch an item");
    const touched = this.#engine.touches.call({ uid: checkUid(uid, "touch") });
    return typeof await this.#about([uid], touched) === "number";
  }

  /**
   * Gives an item back to the front of the queue, as if it had not been taken: for work that was not begun.
   *
   * @param uid The uid that `get` returned.
   * @returns Whether the item was in flight; if not (its lease ran out, or it was acked), nothing changed.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const [uid] = await queue.get(-1);
   * if (uid !== null) await queue.release(uid);
   * ```
   */
  async release(uid: string): Promise<boolean> {
    const [released] = await this.releaseMany([uid]);
    return released!;
  }

  /**
   * Gives many items back to the front of the queue, in the order in which they were taken.
   *
   * @param uids Their uids, oldest first.
   * @returns Whether the item was in flight, for each uid in order.
   */
  async releaseMany(uids: Iterable<string>): Promise<boolean[]> {
    this.#use("give items back");
    const checked = Array.from(checkList(uids, "release items"), (uid) => ({
      uid: checkUid(uid, "release"),
    }));
    const released = this.#settling("release", checked, () => this.#engine.release(checked));
    return await this.#about(checked.map(({ uid }) => uid), released);
  }

  /**
   * The old name of {@linkcode SafeRedisQueue.put}.
   *
   * @deprecated Use `put`.
   */
  push(item: T, options?: PutOptions): Promise<string> {
    return this.put(item, options);
  }

  /**
   * The old name of {@linkcode SafeRedisQueue.get}.
   *
   * @deprecated Use `get`.
   */
  pop(timeout: number | GetOptions = 0): Promise<GetResult<T>> {
    return this.get(timeout);
  }

  /**
   * Runs `handler` for each item, for up to `concurrency` at once: when it returns the item is acked, when it throws
   * failed. An item's lease is extended while its handler runs. Goes on through any outage of Redis.
   *
   * When `signal` aborts, or the queue is closed, no further item is begun, and those under way have `shutdownTimeout`
   * seconds; then their signals abort, they are given back, and that counts as no attempt.
   *
   * @param handler Does the work on one item.
   * @param options How many at once, and what ends it.
   * @returns When `signal` has aborted, the queue was closed, or `maxItems` were begun, and no item is under way any more.
   * @throws {RedisReplyError} If Redis refuses to hand out items.
   *
   * @example
   * ```ts
   * import { exponentialBackoff, json, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue<{ to: string }>({
   *   name: "mails",
   *   serializer: json,
   *   maxAttempts: 5,
   * });
   * await queue.consume(({ payload }) => console.log(payload.to), {
   *   concurrency: 10,
   *   backoff: exponentialBackoff(),
   *   signal: AbortSignal.timeout(1_000),
   * });
   * ```
   */
  async consume(handler: Handler<T>, options: ConsumeOptions = {}): Promise<void> {
    this.#use("consume items");
    const { signal, ...resolved } = resolveConsumeOptions(options);
    const stop = this.#stopping(signal);
    await this.#work({
      ...resolved,
      handler: checkHandler(handler),
      stop,
      untilEmpty: false,
    });
  }

  /**
   * Like {@linkcode SafeRedisQueue.consume}, but returns when no item waits, the queue is paused, `maxItems` were begun, or
   * the time is up: for batch jobs, requests, and `Deno.cron`. Items that are delayed, or held by other consumers, are not
   * waited for.
   *
   * @param handler Does the work on one item.
   * @param options How many at once, and what ends it.
   * @returns What was done. When `signal` aborts that is within `shutdownTimeout` and one second.
   * @throws {RedisReplyError} If Redis refuses to hand out items.
   * @throws {RedisUnavailableError} If Redis is away.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const { acked, ended } = await queue.drain((item) => console.log(item.payload), {
   *   concurrency: 10,
   *   deadline: 30,
   * });
   * console.log(`${acked} greetings; ended since: ${ended}`);
   * ```
   */
  async drain(handler: Handler<T>, options: DrainOptions = {}): Promise<DrainResult> {
    this.#use("drain the queue");
    const { signal, deadline, ...resolved } = resolveDrainOptions(options);
    const stop = this.#stopping(signal, deadline);
    const { outcomes, end } = await this.#work({
      ...resolved,
      handler: checkHandler(handler),
      stop,
      untilEmpty: true,
    });
    const stopped = deadline?.aborted && stop.reason === deadline.reason ? "deadline" : "aborted";
    return { ...outcomes, ended: end === "stopped" ? stopped : end };
  }

  /**
   * The items of the queue, one after the other, each to be acked or failed: `for await (const item of queue)`. Waits for
   * items for ever, through any outage of Redis, and ends when the queue is closed. If the loop ends early, the items that
   * were neither acked nor failed go back to the front of the queue.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * await queue.put("Hello World");
   * for await (const item of queue) {
   *   console.log(item.payload, item.attempt);
   *   await item.ack();
   *   break;
   * }
   * ```
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<QueueItem<T>, void, undefined> {
    this.#use("get an item");
    const held = new Set<HeldItem<T>>();
    const patience = { timeoutMs: Infinity, signal: this.#closed.signal };
    const inHand = () => Array.from(held).filter(({ outcome }) => outcome === undefined).length;
    const leave = this.#engine.presence.enter({ concurrency: 1, inHand });
    try {
      for (;;) {
        const { items } = await this.#deliveries.take(ONE, patience);
        for (const item of items) {
          for (const other of held) {
            if (other.outcome === undefined) continue;
            held.delete(other);
            this.#deliveries.letGo(other);
          }
          held.add(item);
          this.#telemetry?.receive(1);
          yield item;
        }
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    } finally {
      leave();
      const left = Array.from(held).filter(({ outcome }) => outcome === undefined);
      for (const item of held) this.#deliveries.letGo(item);
      const reason = new QueueError("The loop over the items was left");
      // If this fails, the queue is closed or Redis is away, and the end of their leases gives them back.
      await this.#deliveries.release(left, reason).catch(() => {});
    }
  }

  /** The number of items that wait. */
  async size(): Promise<number> {
    return (await this.#counts()).waiting;
  }

  /** The number of items that consumers hold: taken, and neither acked nor failed yet. */
  async inFlight(): Promise<number> {
    return (await this.#counts()).inFlight;
  }

  /**
   * Counts the items of each state, and says what was done so far.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const { waiting, oldestAge, totals } = await queue.stats();
   * console.log(`${waiting} wait, the first for ${oldestAge ?? 0} s; ${totals.acked} are done`);
   * ```
   */
  async stats(): Promise<QueueStats> {
    return statsOf(await this.#counts());
  }

  /**
   * Who consumes: each instance by which some program takes items, the longest there first. One appears within some seconds of
   * its first item, and is gone when it has ended; one that crashed or hangs after a minute, or three times its
   * `idleInterval` if that is longer. One that only calls `get` counts for a minute after the last call. The Python library
   * does not show itself.
   *
   * @returns At most 5,000 of them; none if nobody consumes.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * for (const { host, pid, inHand, concurrency } of await queue.consumers()) {
   *   console.log(`${host ?? "?"} ${pid ?? "?"}: ${inHand} of ${concurrency}`);
   * }
   * ```
   */
  async consumers(): Promise<Consumer[]> {
    this.#use("list the consumers");
    return consumersOf(await this.#engine.run(listConsumers));
  }

  /**
   * Looks at the items that come next, and changes nothing.
   *
   * @param count Maximum number of items; a whole number from 1 to 1,000. Fewer come if they are large (about 4 MiB in all).
   * @returns The next item first.
   * @throws {TypeError} If `count` is no such number.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * for (const { uid, payload } of await queue.peek(3)) console.log(uid, payload);
   * ```
   */
  async peek(count = 1): Promise<PeekedItem<T>[]> {
    this.#use("look at the next items");
    if (!Number.isSafeInteger(count) || count < 1 || count > MAX_ITEMS) {
      throw new TypeError(
        `Cannot look at ${
          Deno.inspect(count)
        } items: expected a whole number from 1 to ${MAX_ITEMS}`,
      );
    }
    const items = await this.#engine.run((connection, keys) => peek(connection, keys, count));
    return items.map(({ uid, payload, headers }) => ({
      uid,
      payload: this.#codec.tryDecode(uid, payload),
      bytes: Uint8Array.from(payload), // a copy: the answer would be kept alive whole
      headers: readHeaders(headers),
    }));
  }

  /**
   * Finds an item by its uid, whatever its state, and changes nothing.
   *
   * @param uid The uid that `put` returned.
   * @returns All that is known of it; `null` if there is no such item: it is done, was deleted, or never was.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uid = await queue.put("Hello World", { delay: 60 });
   * const item = await queue.find(uid);
   * console.log(item?.state, item?.payload, item?.dueAt);
   * ```
   */
  async find(uid: string): Promise<QueueEntry<T> | null> {
    this.#use("find an item");
    checkUid(uid, "find");
    const found = this.#engine.run((connection, keys) => find(connection, keys, uid));
    const entry = await about([uid], found);
    return entry === undefined ? null : entryOf(entry, this.#codec);
  }

  /**
   * Lists the items of a state page by page, the oldest first, and changes nothing. A call looks at 1,000 items at most, and
   * at about 4 MiB of payload, however many there are. So a page may be short, or empty, and have a cursor all the same.
   *
   * Items that move while you page through them may come twice, or not at all. Every list ends. Its order is that of the
   * queue; items in flight come by the end of their lease, delayed ones by their time, and dead letters as they died.
   *
   * @param state Which items.
   * @param options How many, where to go on, and what they must contain.
   * @throws {TypeError} If the state or an option is wrong.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "mails" });
   * let cursor: string | undefined;
   * do {
   *   const page = await queue.list("delayed", { search: "@example.org", cursor });
   *   for (const { uid, dueAt } of page.items) console.log(uid, dueAt);
   *   cursor = page.cursor;
   * } while (cursor !== undefined);
   * ```
   */
  async list(state: ItemState, options: QueueListOptions = {}): Promise<QueueList<T>> {
    this.#use("list items");
    return await listEntries(this.#engine, this.#codec, state, options);
  }

  /**
   * Deletes items for good, whatever their state. An item in flight is **cancelled**: within 5 seconds the `signal` of its
   * handler aborts with an {@linkcode ItemDeletedError}, and what the handler says of it later changes nothing, also if the
   * uid was put again. (With `heartbeat: false`, and after `get`, nobody looks: `touch` tells.)
   *
   * @param uids One uid, or several.
   * @returns How many items there were, and are deleted.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uid = await queue.put("Hello World");
   * console.log(await queue.delete(uid)); // 1
   * ```
   */
  async delete(uids: string | Iterable<string>): Promise<number> {
    this.#use("delete items");
    const chosen = chosenUids(uids, "delete", "items");
    const deleted = this.#engine.run((connection, keys) => deleteItems(connection, keys, chosen));
    return await about(chosen, deleted);
  }

  /**
   * Queues delayed items now, behind the items that wait, as if they were due.
   *
   * @param uids One uid, or several, in the order in which they are queued.
   * @returns How many of them were delayed, and wait now.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uid = await queue.put("Happy New Year", { at: new Date("2030-01-01") });
   * console.log(await queue.promote(uid)); // 1
   * ```
   */
  async promote(uids: string | Iterable<string>): Promise<number> {
    this.#use("promote items");
    const chosen = chosenUids(uids, "promote", "items");
    const promoted = this.#engine.run((connection, keys) => promoteItems(connection, keys, chosen));
    return await about(chosen, promoted);
  }

  /**
   * Pauses the queue for all its consumers: they get no item until `resume`. Items can still be put, and those in flight
   * acked and failed. (Consumers of the Python library do not see the pause.)
   *
   * @returns Whether it was not paused before.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * await queue.pause();
   * console.log(await queue.get(-1)); // [null, null], whatever waits
   * await queue.resume();
   * ```
   */
  async pause(): Promise<boolean> {
    this.#use("pause the queue");
    return await this.#engine.run((connection, keys) => pause(connection, keys, true));
  }

  /**
   * Lets the consumers of a paused queue go on. They do at once, or within their `idleInterval` if the server has no streams.
   *
   * @returns Whether it was paused before.
   */
  async resume(): Promise<boolean> {
    this.#use("resume the queue");
    return await this.#engine.run((connection, keys) => pause(connection, keys, false));
  }

  /** Deletes all items of the queue, whatever their state, and its totals. A paused queue stays paused, and who consumes stays known. */
  async clear(): Promise<void> {
    this.#use("clear the queue");
    await this.#engine.run(clear);
  }

  /**
   * Closes the queue: waiting `get`s reject with a {@linkcode QueueClosedError}, `consume` and `drain` end as if their
   * signal had aborted, calls under way finish, then the connections and the timer end. The items stay in Redis.
   *
   * A handler may call it, too. Since it can't be waited for there (it waits for the handler), it then resolves at once;
   * the queue is closed when the handlers have ended.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * await queue.putMany(["Hello World", "stop"]);
   * await queue.consume(async ({ payload }) => {
   *   if (payload === "stop") await queue.close();
   * });
   * ```
   */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    if (!isWithinWorker(this)) await this.#closing;
  }

  /** Closes the queue at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closed.abort(new QueueClosedError("get an item"));
    // Workers still have to say what became of their items.
    await Promise.all([this.#engine.endWaiting(), Promise.allSettled(this.#workers)]);
    this.#deliveries.close();
    await this.#engine.close();
  }

  /** A call of the user's, for which `close` waits, about these items. */
  #about<R>(uids: string[], call: Promise<R>): Promise<R> {
    return about(uids, this.#engine.track(call));
  }

  /** Tells Redis what became of items, and telemetry of that. */
  #settling<R>(
    operation: Settlement,
    items: { uid: string }[],
    tell: () => Promise<R>,
  ): Promise<R> {
    if (this.#telemetry === undefined || items.length === 0) return tell();
    return this.#telemetry.settle(operation, items, tell);
  }

  #putsOf(due: Due | undefined) {
    return due === undefined ? this.#engine.puts : this.#engine.laterPuts;
  }

  /** At the beginning of each public call. */
  #use(action: string): void {
    if (this.#closing) throw new QueueClosedError(action);
    this.#engine.start();
  }

  async #counts(): Promise<Counts> {
    this.#use("count the items");
    return await this.#engine.run(stats);
  }

  #stopping(...signals: (AbortSignal | undefined)[]): AbortSignal {
    const given = signals.filter((signal) => signal !== undefined);
    return AbortSignal.any([this.#closed.signal, ...given]);
  }

  async #work(options: Omit<WorkerOptions<T>, "deliveries" | "idle" | "telemetry" | "onError">) {
    const worker = new Worker({
      ...options,
      deliveries: this.#deliveries,
      idle: () => this.#engine.idle(),
      telemetry: this.#telemetry,
      onError: this.#onError,
    });
    const leave = this.#engine.presence.enter({
      concurrency: options.concurrency,
      inHand: () => worker.inHand,
    });
    const work = runWorker(this, () => worker.run());
    this.#workers.add(work);
    try {
      return { end: await work, outcomes: worker.outcomes };
    } finally {
      leave();
      this.#workers.delete(work);
    }
  }
}

/** The wish for one item. */
const ONE: Wish = { max: 1, free: 1 };
