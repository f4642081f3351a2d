import { generate as newUid } from "@std/uuid/v7";
import { CallBatcher } from "./call_batcher.ts";
import { SupervisedConnection } from "./connections.ts";
import { GivenUp, within } from "./deadline.ts";
import { QueueClosedError, RedisUnavailableError, ReplicationError } from "./errors.ts";
import { ItemWaiter } from "./item_waiter.ts";
import type { QueueKeys } from "./keys.ts";
import { LeaseCleaner } from "./lease_cleaner.ts";
import { ack } from "./lua/ack.ts";
import { autoclean } from "./lua/autoclean.ts";
import { claim, type ClaimedItem } from "./lua/claim.ts";
import { clear } from "./lua/clear.ts";
import { type Counts, counts } from "./lua/counts.ts";
import { findOrphans } from "./lua/orphans.ts";
import { type NewItem, put, type Replicas } from "./lua/put.ts";
import { fail, release } from "./lua/requeue.ts";
import { resolveOptions, type SafeRedisQueueOptions } from "./options.ts";
import { OrphanFinder } from "./orphan_finder.ts";
import type { RedisConnection } from "./redis_connection.ts";
import type { Codec } from "./serializers.ts";
import { checkServer } from "./server_check.ts";

/** What `get` resolves to: an item with its uid, or two `null`s when none came in time. */
export type GetResult<T> = [uid: string, item: T] | [uid: null, item: null];

/** How long a `get` waits, and what may end it. */
export interface GetOptions {
  /** Seconds to wait for an item; 0 (the default) waits forever, a negative number not at all. */
  timeout?: number | undefined;
  /** Ends the `get`: it rejects with the signal's reason, and no item is stranded by it. */
  signal?: AbortSignal | undefined;
}

/** Most items that one script call takes: Lua hands over no more than about 8,000 values at once. */
const MAX_BATCH = 1_000;
/** Most bytes of payload in one script call. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** How long a blocking `get` waits for Redis's answer before it takes Redis for away. */
const CLAIM_PATIENCE_MS = 1_000;

/**
 * A reliable FIFO queue on Redis: `put` an item, `get` it elsewhere, `ack` it when it is done. An item that was not acked
 * is delivered again: at once after `fail`, and after `autocleanInterval` when its consumer crashed.
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
  readonly #keys: QueueKeys;
  readonly #codec: Codec<T>;
  readonly #commands: SupervisedConnection;
  readonly #blocking: SupervisedConnection;
  readonly #replicas: Replicas | undefined;
  /** Outputs the number of replicas that have the item. */
  readonly #puts: CallBatcher<NewItem, number>;
  readonly #claims: CallBatcher<number, ClaimedItem[]>;
  readonly #acks: CallBatcher<string, boolean>;
  readonly #fails: CallBatcher<string, boolean>;
  readonly #waiter: ItemWaiter;
  readonly #cleaner: LeaseCleaner | undefined;
  /** Calls under way that no batcher knows of. */
  readonly #others = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /**
   * Makes a queue; it connects with the first call.
   *
   * @param options Where Redis is, the queue's name, and how it works; see {@linkcode SafeRedisQueueOptions}.
   * @throws {TypeError} Where an option is unknown or has a wrong value.
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
  constructor(options: SafeRedisQueueOptions<T> = {}) {
    const { name, keys, codec, autocleanInterval, replicas, onError, ...connection } =
      resolveOptions(options);
    const { open, address, commandTimeoutMs } = connection;
    this.name = name;
    this.#keys = keys;
    this.#codec = codec;
    this.#replicas = replicas;

    let checked = false;
    const commands = new SupervisedConnection({
      open: async (signal) => {
        const connection = await open(signal);
        const danger = await checkServer(connection, address);
        if (danger !== undefined && !checked) onError(danger);
        checked = true;
        return connection;
      },
      address,
      commandTimeoutMs,
    });
    let blockingId: number | undefined;
    const blocking = new SupervisedConnection({
      open: async (signal) => {
        blockingId = undefined;
        const connection = await open(signal);
        blockingId = await clientId(connection);
        return connection;
      },
      address,
      commandTimeoutMs,
    });
    this.#commands = commands;
    this.#blocking = blocking;

    const maxCount = MAX_BATCH;
    this.#puts = new CallBatcher({
      run: async (items) => {
        const { replicas: confirmed } = await put(commands, keys, items, replicas);
        return items.map(() => confirmed);
      },
      maxCount,
      maxWeight: MAX_BATCH_BYTES,
      weigh: ({ payload }) => payload.length,
    });
    this.#acks = new CallBatcher({ run: (uids) => ack(commands, keys, uids), maxCount });
    this.#fails = new CallBatcher({ run: (uids) => fail(commands, keys, uids), maxCount });
    this.#claims = new CallBatcher({ run: (wishes) => this.#claimAll(wishes), maxCount });
    this.#waiter = new ItemWaiter({
      keys,
      commands,
      blocking,
      blockingId: () => blockingId,
      onError,
    });
    if (autocleanInterval !== null) {
      const orphans = new OrphanFinder((search) => findOrphans(commands, keys, search));
      this.#cleaner = new LeaseCleaner({
        clean: () => autoclean(commands, keys, autocleanInterval),
        afterPass: (surplus) => orphans.afterPass(surplus),
        lease: autocleanInterval,
        onError,
      });
    }
  }

  /**
   * Connects now rather than with the first call, to learn early of a wrong address or password.
   *
   * @throws {RedisUnavailableError} Where Redis can't be reached at the first attempt.
   * @throws {RedisReplyError} Where Redis refuses user or password.
   */
  async connect(): Promise<void> {
    this.#use("connect");
    await this.#track(
      this.#commands.send({ name: "PING", args: [], action: "connect", once: true }),
    );
  }

  /**
   * Adds an item at the back of the queue. Concurrent calls keep their order and share round trips.
   *
   * @param item The item; a string, or what the serializer takes.
   * @returns The item's uid (a UUID v7), once the item is in Redis.
   * @throws {SerializationError} Where the item can't be turned into bytes; nothing was stored.
   * @throws {RedisUnavailableError} Where Redis did not confirm it within `commandTimeout`; the error's `uids` and
   * `mayHaveHappened` tell whether it may be stored.
   * @throws {ReplicationError} Where fewer replicas than the option `replicas` demands confirmed it; it stays stored.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uid = await queue.put("Hello World");
   * ```
   */
  async put(item: T): Promise<string> {
    this.#use("put an item");
    return await this.#store({ uid: newUid(), payload: this.#codec.encode(item) });
  }

  /**
   * Adds items in their order. Where one of them can't be turned into bytes, none is stored.
   *
   * @param items The items.
   * @returns Their uids, in order.
   * @throws {SerializationError} Where an item can't be turned into bytes; nothing was stored.
   * @throws {RedisUnavailableError} Where Redis did not confirm all of them; the error's `uids` are those that are, or
   * may be, stored.
   *
   * @example
   * ```ts
   * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
   *
   * await using queue = new SafeRedisQueue({ name: "greetings" });
   * const uids = await queue.putMany(["Hello", "World"]);
   * ```
   */
  async putMany(items: Iterable<T>): Promise<string[]> {
    this.#use("put items");
    const stored = Array.from(checkList(items, "put items"), (item) => ({
      uid: newUid(),
      payload: this.#codec.encode(item),
    }));
    const outcomes = await Promise.allSettled(stored.map((item) => this.#store(item)));
    const uids: string[] = [];
    const doubtful: string[] = [];
    let failure: unknown;
    outcomes.forEach((outcome, i) => {
      if (outcome.status === "fulfilled") {
        uids.push(outcome.value);
      } else {
        failure ??= outcome.reason;
        if (mayHaveHappened(outcome.reason)) doubtful.push(stored[i]!.uid);
      }
    });
    if (failure === undefined) return uids;
    if (failure instanceof ReplicationError) {
      throw new ReplicationError(failure.message, stored.map(({ uid }) => uid));
    }
    if (!(failure instanceof RedisUnavailableError)) throw failure;
    throw new RedisUnavailableError(failure.message, {
      mayHaveHappened: uids.length + doubtful.length > 0,
      uids: [...uids, ...doubtful],
      cause: failure.cause,
    });
  }

  /**
   * Takes the next item; its lease of `autocleanInterval` begins. `ack` or `fail` its uid when you know how it went.
   *
   * @param timeout Seconds to wait for an item, fractions too: 0 (the default) waits forever, a negative number not at
   * all. Or an object with `timeout` and `signal`.
   * @returns The uid and the item, or two `null`s when none came in time.
   * @throws {SerializationError} Where the payload can't be read. The item is in flight: ack or fail the error's `uid`.
   * @throws {QueueClosedError} When the queue is closed while it waits.
   * @throws {RedisUnavailableError} Where Redis is away at the end of the timeout. Without one it waits on.
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
    const [first] = await this.#take(1, timeout);
    if (first === undefined) return [null, null];
    return [first.uid, this.#codec.decode(first.uid, first.payload)];
  }

  /**
   * Takes up to `max` items that are there, or waits for the first as `get` does.
   *
   * @param max Most items to take; a whole number above 0. One call takes at most 1,000, and about 4 MiB of payload.
   * @param timeout As for {@linkcode SafeRedisQueue.get}.
   * @returns Pairs of uid and item, oldest first; none when none came in time.
   * @throws {SerializationError} Where a payload can't be read: its item is in flight, to be acked or failed by the
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
    if (!Number.isSafeInteger(max) || max < 1) {
      throw new TypeError(`Cannot get ${Deno.inspect(max)} items: expected a whole number above 0`);
    }
    const claimed = await this.#take(Math.min(max, MAX_BATCH), timeout);
    const items: [uid: string, item: T][] = [];
    for (const { uid, payload } of claimed) {
      try {
        items.push([uid, this.#codec.decode(uid, payload)]);
      } catch (error) {
        await this.#giveBack(claimed.filter((other) => other.uid !== uid));
        throw error;
      }
    }
    return items;
  }

  /**
   * Says that an item is done: it is deleted, even if its lease has run out.
   *
   * @param uid The uid that `get` returned.
   * @returns Whether there was such an item.
   */
  async ack(uid: string): Promise<boolean> {
    this.#use("ack an item");
    return await this.#acks.call(checkUid(uid, "ack"));
  }

  /**
   * Acks many items at once.
   *
   * @param uids Their uids.
   * @returns Whether there was such an item, for each uid in order.
   */
  async ackMany(uids: Iterable<string>): Promise<boolean[]> {
    this.#use("ack items");
    const checked = Array.from(checkList(uids, "ack items"), (uid) => checkUid(uid, "ack"));
    return await Promise.all(checked.map((uid) => this.#acks.call(uid)));
  }

  /**
   * Says that an item could not be done: it is requeued behind the items that wait.
   *
   * @param uid The uid that `get` returned.
   * @returns Whether the item was in flight; if not (its lease ran out, or it was acked), nothing changed.
   */
  async fail(uid: string): Promise<boolean> {
    this.#use("fail an item");
    return await this.#fails.call(checkUid(uid, "fail"));
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
    return await this.#track(this.#release(Array.from(uids, (uid) => checkUid(uid, "release"))));
  }

  /**
   * The old name of {@linkcode SafeRedisQueue.put}.
   *
   * @deprecated Use `put`.
   */
  push(item: T): Promise<string> {
    return this.put(item);
  }

  /**
   * The old name of {@linkcode SafeRedisQueue.get}.
   *
   * @deprecated Use `get`.
   */
  pop(timeout: number | GetOptions = 0): Promise<GetResult<T>> {
    return this.get(timeout);
  }

  /** The number of items that wait. */
  async size(): Promise<number> {
    return (await this.#counts()).waiting;
  }

  /** The number of items that consumers hold: taken, and neither acked nor failed yet. */
  async inFlight(): Promise<number> {
    return (await this.#counts()).inFlight;
  }

  /** Deletes all items of the queue, waiting or in flight. */
  async clear(): Promise<void> {
    this.#use("clear the queue");
    await this.#track(clear(this.#commands, this.#keys));
  }

  /**
   * Closes the queue: waiting `get`s reject with a {@linkcode QueueClosedError}, calls under way finish, then the
   * connections and the timer end. The items stay in Redis.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes the queue at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([this.#cleaner?.stop(), this.#waiter.close()]);
    // Items that a get no longer waits for are given back by calls of their own: whence the loop.
    do {
      const batchers = [this.#puts, this.#claims, this.#acks, this.#fails];
      await Promise.all(batchers.map((batcher) => batcher.idle()));
      await Promise.allSettled(this.#others);
    } while (this.#others.size > 0);
    await Promise.all([this.#commands.close(), this.#blocking.close()]);
  }

  /** At the beginning of each public call. */
  #use(action: string): void {
    if (this.#closing) throw new QueueClosedError(action);
    this.#cleaner?.start();
  }

  #track<R>(call: Promise<R>): Promise<R> {
    this.#others.add(call);
    const forget = () => this.#others.delete(call);
    call.then(forget, forget);
    return call;
  }

  async #store(item: NewItem): Promise<string> {
    const wanted = this.#replicas?.count ?? 0;
    try {
      const confirmed = await this.#puts.call(item);
      if (confirmed >= wanted) return item.uid;
      throw new ReplicationError(
        `Put an item, but only ${confirmed} of ${wanted} replicas confirmed it in time; it stays in the queue`,
        [item.uid],
      );
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      const { mayHaveHappened, cause } = error;
      throw new RedisUnavailableError(error.message, {
        mayHaveHappened,
        uids: mayHaveHappened ? [item.uid] : [],
        cause,
      });
    }
  }

  async #counts(): Promise<Counts> {
    this.#use("count the items");
    return await this.#track(counts(this.#commands, this.#keys));
  }

  /** Claims up to `max` items, waiting for the first of them. */
  async #take(max: number, timeout: number | GetOptions): Promise<ClaimedItem[]> {
    this.#use("get an item");
    const options = typeof timeout === "object" && timeout !== null ? timeout : { timeout };
    const { timeout: seconds = 0, signal } = options;
    const timeoutMs = timeoutInMs(seconds);
    signal?.throwIfAborted();

    const endsAt = performance.now() + timeoutMs;
    const blocking = timeoutMs >= 0;
    try {
      const items = await within(this.#claims.call(max), {
        timeoutMs: blocking ? Math.min(timeoutMs, CLAIM_PATIENCE_MS) : Infinity,
        signal,
        onLate: (late) => this.#giveBack(late),
      });
      if (items.length > 0 || !blocking) return items;
    } catch (error) {
      // Redis is away: a blocking get waits for it, and for an item, as long as its caller does.
      const away = error instanceof GivenUp || error instanceof RedisUnavailableError;
      if (!blocking || !away) throw error;
    }
    const restMs = endsAt - performance.now();
    if (restMs > 0) return await this.#waiter.wait(max, restMs, signal);
    const outage = this.#commands.outage("get an item");
    if (outage !== undefined) throw outage;
    return [];
  }

  /** Serves many wishes, each for a number of items, in order. */
  async #claimAll(wishes: number[]): Promise<ClaimedItem[][]> {
    const granted: ClaimedItem[][] = wishes.map(() => []);
    let next = 0;
    while (next < wishes.length) {
      const wanted = wishes.slice(next).reduce((sum, wish) => sum + wish, 0);
      const max = Math.min(wanted, MAX_BATCH);
      const { items, emptied } = await claim(this.#commands, this.#keys, { max });
      for (let taken = 0; taken < items.length; next++) {
        const wish = wishes[next]!;
        granted[next] = items.slice(taken, taken + wish);
        taken += wish;
      }
      if (emptied) break;
    }
    return granted;
  }

  async #release(uids: string[]): Promise<boolean[]> {
    const released: boolean[][] = [];
    // The oldest come last, so that they end up foremost.
    for (let end = uids.length; end > 0; end -= MAX_BATCH) {
      const batch = uids.slice(Math.max(end - MAX_BATCH, 0), end);
      released.unshift(await release(this.#commands, this.#keys, batch));
    }
    return released.flat();
  }

  async #giveBack(items: ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    const uids = items.map(({ uid }) => uid);
    // Where this fails, Redis is away, and the end of their leases gives them back.
    await this.#track(release(this.#commands, this.#keys, uids)).catch(() => {});
  }
}

/** `undefined` where Redis does not tell it, which costs no more than a slower end of a blocked pop. */
async function clientId(connection: RedisConnection): Promise<number | undefined> {
  try {
    return Number(await connection.sendCommand("CLIENT", ["ID"]));
  } catch {
    return undefined;
  }
}

function mayHaveHappened(error: unknown): boolean {
  return error instanceof RedisUnavailableError && error.mayHaveHappened;
}

function checkUid(uid: unknown, action: string): string {
  if (typeof uid === "string") return uid;
  throw new TypeError(
    `Cannot ${action} ${Deno.inspect(uid)}: expected the uid of an item, a string`,
  );
}

/** A string is refused: its letters are hardly what is meant. */
function checkList<I>(list: Iterable<I>, action: string): Iterable<I> {
  if (typeof list === "object" && list !== null && Symbol.iterator in list) return list;
  throw new TypeError(
    `Cannot ${action}: expected an array or another iterable, not ${typeof list}`,
  );
}

/** Milliseconds to wait: `Infinity` for no limit, negative for not at all. */
function timeoutInMs(timeout: unknown): number {
  if (typeof timeout !== "number" || Number.isNaN(timeout)) {
    throw new TypeError(
      `Cannot get an item with the timeout ${
        Deno.inspect(timeout)
      }: expected seconds; 0 waits forever, a negative ` +
        "number not at all",
    );
  }
  // Above 24 days no timer counts right, and nobody looks at the clock.
  return timeout === 0 || timeout > 2e6 ? Infinity : timeout * 1000;
}
