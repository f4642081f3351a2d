import { BlockingConnection } from "./blocking_connection.ts";
import { CallBatcher, type Part } from "./call_batcher.ts";
import { SupervisedConnection } from "./connections.ts";
import { GivenUp, within } from "./deadline.ts";
import { DueWatcher } from "./due_watcher.ts";
import { RedisUnavailableError, ReplicationError } from "./errors.ts";
import { ItemWaiter } from "./item_waiter.ts";
import type { QueueKeys } from "./keys.ts";
import { LeaseCleaner } from "./lease_cleaner.ts";
import { ack } from "./lua/ack.ts";
import { autoclean } from "./lua/autoclean.ts";
import { claim, type ClaimedItem } from "./lua/claim.ts";
import { fail, type FailOutcome, type Failure } from "./lua/fail.ts";
import type { Held } from "./lua/in_flight.ts";
import { findOrphans } from "./lua/orphans.ts";
import { promote } from "./lua/promote.ts";
import { type NewItem, put, putLater } from "./lua/put.ts";
import { release } from "./lua/release.ts";
import { sweep } from "./lua/sweep.ts";
import { touch } from "./lua/touch.ts";
import type { ResolvedOptions } from "./options.ts";
import { OrphanFinder } from "./orphan_finder.ts";
import { checkServer } from "./server_check.ts";
import { Sweeper } from "./sweeper.ts";

/** Most items that one script call takes: Lua hands over no more than about 8,000 values at once. */
export const MAX_BATCH = 1_000;
/** Most inputs of calls that go together: of a thousand callers one half goes on while Redis works for the other. */
const MAX_CALLS = 500;
/** Most bytes of payload in one script call. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** How long a blocking take waits for Redis's answer before it takes Redis for away. */
const CLAIM_PATIENCE_MS = 1_000;
/** Seconds; the lease that others may count by where this queue cleans nothing. */
const DEFAULT_LEASE = 60;

/** How long to wait for items. */
export interface Patience {
  /** Milliseconds; `Infinity` for no limit, negative for not at all. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** All that a queue does, in uids and payloads: the parts, wired. */
export class QueueEngine {
  /** Seconds that a lease lasts. */
  readonly lease: number;
  readonly #keys: QueueKeys;
  readonly #commands: SupervisedConnection;
  readonly #blocking: BlockingConnection;
  readonly #doorbell: BlockingConnection;
  readonly #puts: CallBatcher<NewItem, boolean>;
  readonly #laterPuts: CallBatcher<NewItem, boolean>;
  readonly #claims: CallBatcher<number, ClaimedItem[]>;
  readonly #acks: CallBatcher<string, boolean>;
  readonly #fails: CallBatcher<Failure, FailOutcome>;
  readonly #touches: CallBatcher<Held, number | undefined>;
  readonly #dueWatcher: DueWatcher;
  readonly #waiter: ItemWaiter;
  readonly #cleaner: LeaseCleaner | undefined;
  /** Calls under way that no batcher knows of. */
  readonly #others = new Set<Promise<unknown>>();

  constructor(options: Omit<ResolvedOptions<unknown>, "codec">) {
    const { keys, autocleanInterval, maxAttempts, deadLetters, replicas, onError } = options;
    const { open, address, commandTimeoutMs } = options;
    this.lease = autocleanInterval ?? DEFAULT_LEASE;
    this.#keys = keys;

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
    this.#commands = commands;
    this.#blocking = new BlockingConnection({ open, address, commandTimeoutMs }, commands);
    this.#doorbell = new BlockingConnection({ open, address, commandTimeoutMs }, commands);

    const batch = { maxCount: MAX_CALLS };
    const putBatch = {
      ...batch,
      maxWeight: MAX_BATCH_BYTES,
      weigh: ({ payload }: NewItem) => payload.length,
    };
    const putWith = (script: typeof put) => async (items: NewItem[]) => {
      const { isNew, replicas: confirmed } = await script(commands, keys, items, replicas);
      const wanted = replicas?.count ?? 0;
      if (confirmed >= wanted) return isNew;
      throw new ReplicationError(
        `Put an item, but only ${confirmed} of ${wanted} replicas confirmed it in time; it stays in the queue`,
        items.map(({ uid }) => uid),
      );
    };
    this.#puts = new CallBatcher({ run: putWith(put), ...putBatch });
    this.#laterPuts = new CallBatcher({ run: putWith(putLater), ...putBatch });
    this.#claims = new CallBatcher({ run: (wishes) => this.#claimAll(wishes), ...batch });
    this.#acks = new CallBatcher({ run: (uids) => ack(commands, keys, uids), ...batch });
    this.#fails = new CallBatcher({
      run: (failures) => fail(commands, keys, failures, maxAttempts),
      ...batch,
    });
    this.#touches = new CallBatcher({
      run: (items) => touch(commands, keys, items, this.lease),
      ...batch,
    });

    this.#dueWatcher = new DueWatcher({
      blocking: this.#doorbell,
      doorbell: keys.doorbell,
      promote: () => promote(commands, keys),
      onError,
    });
    this.#waiter = new ItemWaiter({
      keys,
      commands,
      blocking: this.#blocking,
      dueWatcher: this.#dueWatcher,
      onError,
    });
    if (autocleanInterval !== null) {
      const orphans = new OrphanFinder((search) => findOrphans(commands, keys, search));
      const sweeper = new Sweeper((cursor) => sweep(commands, keys, cursor, deadLetters));
      this.#cleaner = new LeaseCleaner({
        clean: () => autoclean(commands, keys, autocleanInterval, maxAttempts),
        afterPass: async ({ surplus, marked }) => {
          await orphans.afterPass(surplus);
          await sweeper.afterPass(marked);
        },
        lease: autocleanInterval,
        onError,
      });
    }
  }

  /** Starts the autoclean timer, unless it was started before. */
  start(): void {
    this.#cleaner?.start();
  }

  /** Connects now, or rejects at the first failure. */
  async connect(): Promise<void> {
    await this.#track(
      this.#commands.send({ name: "PING", args: [], action: "connect", once: true }),
    );
  }

  /** Stores an item; resolves when it is in Redis. */
  store(item: NewItem): Promise<unknown> {
    return (item.due === undefined ? this.#puts : this.#laterPuts).call(item);
  }

  /** Stores items, all of them now or all later, in their order; returns what becomes of each part of them. */
  storeAll(items: NewItem[]): Part<NewItem, boolean>[] {
    return (items[0]?.due === undefined ? this.#puts : this.#laterPuts).callAll(items);
  }

  /** Claims up to `max` items, waiting for the first of them. */
  async take(max: number, { timeoutMs, signal }: Patience): Promise<ClaimedItem[]> {
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
      // Redis is away: a blocking take waits for it, and for an item, as long as its caller does.
      const away = error instanceof GivenUp || error instanceof RedisUnavailableError;
      if (!blocking || !away) throw error;
    }
    const restMs = endsAt - performance.now();
    if (restMs > 0) return await this.#waiter.wait(max, restMs, signal);
    const outage = this.#commands.outage("get an item");
    if (outage !== undefined) throw outage;
    return [];
  }

  /** Resolves to whether there was such an item. */
  ack(uid: string): Promise<boolean> {
    return this.#acks.call(uid);
  }

  /** Acks items, in parts; each resolves to which of its items there were. */
  ackAll(uids: string[]): Part<string, boolean>[] {
    return this.#acks.callAll(uids);
  }

  fail(failure: Failure): Promise<FailOutcome> {
    return this.#fails.call(failure);
  }

  /** Begins a lease anew; resolves to the new one, `undefined` where the item has none (any more). */
  touch(item: Held): Promise<number | undefined> {
    return this.#touches.call(item);
  }

  /** Gives items back to the front of the queue, in their order; resolves to which of them were in flight. */
  release(items: Held[]): Promise<boolean[]> {
    return this.#track(this.#releaseAll(items));
  }

  /** Runs a script that is called too rarely to be batched. */
  run<R>(
    script: (connection: SupervisedConnection, keys: QueueKeys) => Promise<R>,
  ): Promise<R> {
    return this.#track(script(this.#commands, this.#keys));
  }

  /** Resolves when what came for a take that was aborted is back in the queue, and what could not be read is dead. */
  async idle(): Promise<void> {
    await this.#waiter.idle();
    await this.#claims.idle();
    await this.#fails.idle();
    await Promise.allSettled(this.#others);
  }

  /** Ends all waiting: takes that wait reject, and no new one waits. */
  async endWaiting(): Promise<void> {
    await Promise.all([this.#cleaner?.stop(), this.#waiter.close()]);
  }

  /** Lets calls under way finish, then ends the connections. */
  async close(): Promise<void> {
    await this.endWaiting();
    const batchers = [
      ...[this.#puts, this.#laterPuts, this.#claims],
      ...[this.#acks, this.#fails, this.#touches],
    ];
    // Items that a take no longer waits for are given back by calls of their own: whence the loop.
    do {
      await Promise.all(batchers.map((batcher) => batcher.idle()));
      await Promise.allSettled(this.#others);
    } while (this.#others.size > 0);
    const connections = [this.#commands, this.#blocking, this.#doorbell];
    await Promise.all(connections.map((connection) => connection.close()));
  }

  #track<R>(call: Promise<R>): Promise<R> {
    this.#others.add(call);
    const forget = () => this.#others.delete(call);
    call.then(forget, forget);
    return call;
  }

  /** Serves many wishes, each for a number of items, in order. */
  async #claimAll(wishes: number[]): Promise<ClaimedItem[][]> {
    const granted: ClaimedItem[][] = wishes.map(() => []);
    let next = 0;
    while (next < wishes.length) {
      const wanted = wishes.slice(next).reduce((sum, wish) => sum + wish, 0);
      const max = Math.min(wanted, MAX_BATCH);
      const { items, emptied, paused, nextDueMs } = await claim(this.#commands, this.#keys, {
        max,
      });
      for (let taken = 0; taken < items.length; next++) {
        const wish = wishes[next]!;
        granted[next] = items.slice(taken, taken + wish);
        taken += wish;
      }
      this.#dueWatcher.learn(nextDueMs);
      if (emptied || paused) break;
    }
    return granted;
  }

  async #releaseAll(items: Held[]): Promise<boolean[]> {
    const released: boolean[][] = [];
    // The oldest come last, so that they end up foremost.
    for (let end = items.length; end > 0; end -= MAX_BATCH) {
      const batch = items.slice(Math.max(end - MAX_BATCH, 0), end);
      released.unshift(await release(this.#commands, this.#keys, batch));
    }
    return released.flat();
  }

  async #giveBack(items: ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    // Where this fails, Redis is away, and the end of their leases gives them back.
    await this.release(items).catch(() => {});
  }
}
