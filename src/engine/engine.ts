import { BlockingConnection } from "../connection/blocking_connection.ts";
import { CallBatcher, type Part } from "./call_batcher.ts";
import { Claimer } from "./claimer.ts";
import { SupervisedConnection } from "../connection/supervised_connection.ts";
import { GivenUp, within } from "../connection/deadline.ts";
import { DueWatcher } from "./due_watcher.ts";
import { RedisUnavailableError } from "../errors.ts";
import { ItemWaiter } from "./item_waiter.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { LeaseCleaner } from "./lease_cleaner.ts";
import { ack } from "../lua/ack.ts";
import { ackDelivered, type AckOutcome, type DoneDelivery } from "../lua/ack_delivered.ts";
import { autoclean } from "../lua/autoclean.ts";
import type { ClaimedItem } from "../lua/claimed.ts";
import { fail, type FailOutcome, type Failure } from "../lua/fail.ts";
import type { ItemLease } from "../lua/parts/leases.ts";
import { findOrphans } from "../lua/orphans.ts";
import { promote } from "../lua/promote.ts";
import type { NewItem } from "../lua/put.ts";
import { release } from "../lua/release.ts";
import { sweep } from "../lua/sweep.ts";
import { touch } from "../lua/touch.ts";
import type { ResolvedOptions } from "../options.ts";
import { OrphanFinder } from "./orphan_finder.ts";
import { PutSender } from "./put_sender.ts";
import { checkServer } from "../connection/server_check.ts";
import { Sweeper } from "./sweeper.ts";

/** Most items that one script call takes: Lua hands over no more than about 8,000 values at once. */
export const MAX_BATCH = 1_000;
/** Most inputs of calls that go together: of a thousand callers one half goes on while Redis works for the other. */
const MAX_CALLS = 500;
/** How long a blocking take waits for Redis's answer before it takes Redis for away. */
const CLAIM_PATIENCE_MS = 1_000;
/** How long closing waits for what the queue has to tell Redis by itself. */
const OWN_PATIENCE_MS = 700;

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
  readonly #deliveryAcks: CallBatcher<DoneDelivery, AckOutcome>;
  readonly #fails: CallBatcher<Failure, FailOutcome>;
  readonly #touches: CallBatcher<ItemLease, number | undefined>;
  readonly #claimer: Claimer;
  readonly #dueWatcher: DueWatcher;
  readonly #waiter: ItemWaiter;
  readonly #cleaner: LeaseCleaner | undefined;
  /** Calls of the user's under way that no batcher knows of. */
  readonly #others = new Set<Promise<unknown>>();
  /** Calls under way by which the queue gives back what came for nobody. */
  readonly #own = new Set<Promise<unknown>>();
  /** Takes under way. */
  #takes = 0;
  /** Resolves what waits for the last of them. */
  #lastTakeEnded = () => {};

  constructor(options: Omit<ResolvedOptions<unknown>, "codec">) {
    const { keys, lease, cleans, maxAttempts, deadLetters, replicas, onError } = options;
    const { open, address, commandTimeoutMs } = options;
    this.lease = lease;
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
    const sender = new PutSender(commands, keys, replicas);
    const putBatch = {
      ...batch,
      get maxWeight() {
        return sender.maxBytes;
      },
      weigh: ({ payload }: NewItem) => payload.length,
      run: (items: NewItem[]) => sender.send(items),
    };
    this.#puts = new CallBatcher(putBatch);
    this.#laterPuts = new CallBatcher(putBatch);
    this.#claims = new CallBatcher({ run: (wishes) => this.#claimAll(wishes), ...batch });
    this.#acks = new CallBatcher({ run: (uids) => ack(commands, keys, uids), ...batch });
    this.#deliveryAcks = new CallBatcher({
      run: (deliveries) => ackDelivered(commands, keys, deliveries),
      ...batch,
    });
    this.#fails = new CallBatcher({
      run: (failures) => fail(commands, keys, failures, maxAttempts),
      ...batch,
    });
    const claimer = this.#claimer = new Claimer({ keys, commands, lease, maxAttempts, onError });
    const { instance } = claimer;
    this.#touches = new CallBatcher({
      run: (items) => touch(commands, keys, items, { length: lease, instance }),
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
      claimer,
      release: (items) => this.giveBack(items),
      commands,
      blocking: this.#blocking,
      dueWatcher: this.#dueWatcher,
      onError,
    });
    if (cleans) {
      const orphans = new OrphanFinder((search) => findOrphans(commands, keys, search));
      // Only who takes items decides how many dead letters are kept.
      const sweeper = new Sweeper(() =>
        sweep(commands, keys, claimer.hasClaimed ? deadLetters : undefined)
      );
      this.#cleaner = new LeaseCleaner({
        clean: () => autoclean(commands, keys, lease, claimer.claimsRead),
        afterPass: async (step) => {
          await orphans.afterPass(step.surplus);
          await sweeper.afterPass(step);
        },
        lease,
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
    await this.track(
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
    this.#takes++;
    try {
      return await this.#take(max, { timeoutMs, signal });
    } finally {
      if (--this.#takes === 0) this.#lastTakeEnded();
    }
  }

  async #take(max: number, { timeoutMs, signal }: Patience): Promise<ClaimedItem[]> {
    signal?.throwIfAborted();
    const endsAt = performance.now() + timeoutMs;
    const blocking = timeoutMs >= 0;
    try {
      const items = await within(this.#claims.call(max), {
        timeoutMs: blocking ? Math.min(timeoutMs, CLAIM_PATIENCE_MS) : Infinity,
        signal,
        onLate: (late) => this.#giveBackLate(late),
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

  /** Acks deliveries, in parts; each resolves to what became of its items. */
  ackDelivered(deliveries: DoneDelivery[]): Part<DoneDelivery, AckOutcome>[] {
    return this.#deliveryAcks.callAll(deliveries);
  }

  fail(failure: Failure): Promise<FailOutcome> {
    return this.#fails.call(failure);
  }

  /** Has `close` wait for a call of the user's. */
  track<R>(call: Promise<R>): Promise<R> {
    return remember(this.#others, call);
  }

  /** Extends a lease; resolves to what it is then, `undefined` where the item has none (any more). */
  extend(item: ItemLease): Promise<number | undefined> {
    return this.#touches.call(item);
  }

  /** Gives items back to the front of the queue, in their order; resolves to which of them were in flight. */
  release(items: ItemLease[]): Promise<boolean[]> {
    return remember(this.#own, this.#releaseAll(items));
  }

  /** Gives items back that nobody got. */
  giveBack(items: Pick<ClaimedItem, "uid" | "claim">[]): Promise<boolean[]> {
    return this.release(items.map(({ uid, claim }) => ({ uid, lease: claim.lease })));
  }

  /** Runs a script that is called too rarely to be batched. */
  run<R>(
    script: (connection: SupervisedConnection, keys: QueueKeys) => Promise<R>,
  ): Promise<R> {
    return this.track(script(this.#commands, this.#keys));
  }

  /** Resolves when what came for a take that was aborted is back in the queue, and what could not be read is dead. */
  async idle(): Promise<void> {
    await this.#waiter.idle();
    await this.#claims.idle();
    await this.#fails.idle();
    await Promise.allSettled(this.#own);
  }

  /** Ends all waiting: takes that wait reject, and no new one waits. */
  async endWaiting(): Promise<void> {
    this.#cleaner?.stop();
    await this.#waiter.close();
  }

  /**
   * Lets the user's calls under way finish, gives back what came for nobody, then ends the connections. What the queue does
   * for itself is not waited for.
   */
  async close(): Promise<void> {
    await this.endWaiting();
    const ofTheUser = [this.#puts, this.#laterPuts, this.#acks].map((batcher) => batcher.idle());
    if (this.#takes > 0) await new Promise<void>((resolve) => this.#lastTakeEnded = resolve);
    await Promise.all(ofTheUser);
    await Promise.allSettled(this.#others);
    if (this.#commands.outage("close") === undefined) {
      await within(this.#endOwn(), { timeoutMs: OWN_PATIENCE_MS }).catch(() => {});
    }
    const connections = [this.#commands, this.#blocking, this.#doorbell];
    await Promise.all(connections.map((connection) => connection.close()));
  }

  /** What workers have to say still, and what goes back to the queue. */
  async #endOwn(): Promise<void> {
    await Promise.all([this.#deliveryAcks.idle(), this.#fails.idle()]);
    await Promise.allSettled(this.#own);
    await this.#claimer.end();
  }

  /** Serves many wishes, each for a number of items, in order. */
  async #claimAll(wishes: number[]): Promise<ClaimedItem[][]> {
    const granted: ClaimedItem[][] = wishes.map(() => []);
    let next = 0;
    while (next < wishes.length) {
      const wanted = wishes.slice(next).reduce((sum, wish) => sum + wish, 0);
      const max = Math.min(wanted, MAX_BATCH);
      const { items, emptied, paused, nextDueMs } = await this.#claimer.claim(max);
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

  async #releaseAll(items: ItemLease[]): Promise<boolean[]> {
    const released: boolean[][] = [];
    // The oldest come last, so that they end up foremost.
    for (let end = items.length; end > 0; end -= MAX_BATCH) {
      const batch = items.slice(Math.max(end - MAX_BATCH, 0), end);
      released.unshift(await release(this.#commands, this.#keys, batch));
    }
    return released.flat();
  }

  async #giveBackLate(items: ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    // Where this fails, Redis is away, and the end of their leases gives them back.
    await this.giveBack(items).catch(() => {});
  }
}

/** Keeps a call in `calls` while it is under way. */
function remember<R>(calls: Set<Promise<unknown>>, call: Promise<R>): Promise<R> {
  calls.add(call);
  const forget = () => calls.delete(call);
  call.then(forget, forget);
  return call;
}
