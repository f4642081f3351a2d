import { BlockingConnection } from "../connection/blocking_connection.ts";
import { waitFor } from "../connection/time_limit.ts";
import type { OpenSafeConnection } from "../connection/safe_connection.ts";
import { Shortfalls } from "../connection/shortfalls.ts";
import { checkServer } from "../connection/server_check.ts";
import { SupervisedConnection } from "../connection/supervised_connection.ts";
import { Unblocker } from "../connection/unblocker.ts";
import { ack } from "../lua/ack.ts";
import { announce } from "../lua/announce.ts";
import type { ClaimedItem } from "../lua/claimed.ts";
import { depart } from "../lua/depart.ts";
import { type DeathTerms, fail, type FailOutcome, type Failure } from "../lua/fail.ts";
import type { QueueKeys } from "../lua/keys.ts";
import { MAX_ITEMS } from "../lua/limits.ts";
import type { AckOutcome, DoneItem } from "../lua/parts/acks.ts";
import type { ItemLease } from "../lua/parts/leases.ts";
import { promote } from "../lua/promote.ts";
import type { NewItem, Replicas } from "../lua/put.ts";
import { putSince } from "../lua/put_since.ts";
import { release } from "../lua/release.ts";
import type { DeadLetterLimits } from "../lua/sweep.ts";
import { Announcer } from "./announcer.ts";
import { type Touch, touch, type Touched } from "../lua/touch.ts";
import { CallBatcher } from "./call_batcher.ts";
import { Claimer } from "./claimer.ts";
import { DueWatcher } from "./due_watcher.ts";
import { ItemSource } from "./item_source.ts";
import { blockingPop, ItemWaiter } from "./item_waiter.ts";
import { type LeaseCleaner, quietInterval } from "./lease_cleaner.ts";
import { maintenanceOf } from "./maintenance.ts";
import { Presence } from "./presence.ts";
import { PutSender } from "./put_sender.ts";

/** Batch limit. With 1,000 callers, 500 continue while Redis serves the other 500. */
const MAX_CALLS = 500;
/** How long closing waits for what the queue has to tell Redis by itself. */
const OWN_PATIENCE_MS = 700;

/** What a queue is made of. */
export interface EngineOptions {
  keys: QueueKeys;
  /** What the user calls this instance. */
  instance: string | undefined;
  /** Seconds that a lease lasts. */
  lease: number;
  /** Whether it looks for leases that have ended. */
  cleans: boolean;
  /** Seconds between two looks at Redis of a consumer that waits. */
  idleInterval: number;
  commandTimeoutMs: number;
  /** When an item dies, and what follows. */
  death: Required<DeathTerms>;
  deadLetters: DeadLetterLimits;
  replicas: Replicas | undefined;
  onError: (error: unknown) => void;
  open: OpenSafeConnection;
  /** Where `open` leads, for error texts. */
  address: string;
}

/** All that a queue does, in uids and payloads as bytes: the parts, wired. */
export class QueueEngine {
  /** Seconds that a lease lasts. */
  readonly lease: number;
  /** Stores items that are queued at once; tells which are new. */
  readonly puts: CallBatcher<NewItem, boolean>;
  /** The same for items that are queued later: among others they would make these cost Redis more. */
  readonly laterPuts: CallBatcher<NewItem, boolean>;
  /** Takes items. */
  readonly items: ItemSource;
  /** Deletes items that are done. */
  readonly acks: CallBatcher<DoneItem, AckOutcome>;
  /** Fails items. */
  readonly fails: CallBatcher<Failure, FailOutcome>;
  /** Tells who consumes. */
  readonly presence: Presence;
  /** Extends leases; tells each item's lease, or that it has none any more. */
  readonly touches: CallBatcher<Touch, Touched>;
  readonly #keys: QueueKeys;
  readonly #commands: SupervisedConnection;
  readonly #connections: { close: () => Promise<void> }[];
  readonly #claimers: Claimer[];
  /** What this instance does from time to time. */
  readonly #recurring: LeaseCleaner | Announcer;
  /** Calls of the user's under way that no batcher knows of. */
  readonly #ofTheUser = new Set<Promise<unknown>>();
  /** Calls under way by which the queue gives items back. */
  readonly #own = new Set<Promise<unknown>>();

  constructor(options: EngineOptions) {
    const { keys, instance, lease, cleans, death, deadLetters, replicas, onError } = options;
    const { open, address, commandTimeoutMs, idleInterval } = options;
    this.lease = lease;
    this.#keys = keys;

    const shortfalls = new Shortfalls(address, onError);
    let checked = false;
    const commands = new SupervisedConnection({
      open: async (signal) => {
        const connection = await open(signal);
        const danger = await checkServer(connection, address, shortfalls);
        if (danger !== undefined && !checked) onError(danger);
        checked = true;
        return connection;
      },
      address,
      commandTimeoutMs,
      shortfalls,
    });
    const unblocker = new Unblocker(commands);
    const blocks = { open, address, commandTimeoutMs, blockMs: idleInterval * 1000, unblocker };
    const blocking = new BlockingConnection(blocks);
    const doorbell = new BlockingConnection(blocks);
    this.#commands = commands;
    this.#connections = [commands, blocking, doorbell];

    const claiming = { keys, commands, lease, death, onError };
    const claimer = new Claimer(claiming);
    const pop = blockingPop(keys, blocking.blockMs);
    const waitingClaimer = new Claimer({ ...claiming, after: { blocking, pop } });
    this.#claimers = [claimer, waitingClaimer];
    const batch = { maxCount: MAX_CALLS };

    const sender = new PutSender(commands, keys, replicas);
    const putBatch = {
      ...batch,
      get maxWeight() {
        return sender.maxBytes;
      },
      weigh: ({ payload, headers }: NewItem) => payload.length + (headers?.length ?? 0),
      run: (items: NewItem[]) => sender.send(items),
    };
    this.puts = new CallBatcher(putBatch);
    this.laterPuts = new CallBatcher(putBatch);
    this.acks = new CallBatcher({
      run: (items) => ack(commands, keys, items),
      canRide: () => this.items.isClaiming,
      ...batch,
    });
    this.fails = new CallBatcher({
      run: (failures) => fail(commands, keys, failures, death),
      ...batch,
    });
    const touching = { length: lease, instance: claimer.instance };
    this.touches = new CallBatcher({
      run: (items) => touch(commands, keys, items, touching),
      ...batch,
    });

    const giveBack = (items: ClaimedItem[]) => this.giveBack(items);
    const dueWatcher = new DueWatcher({
      blocking: doorbell,
      doorbell: keys.doorbell,
      promote: () => promote(commands, keys),
      shortfalls,
      onError,
    });
    const taking = { commands, claimer, dueWatcher, giveBack };
    const waiter = new ItemWaiter({ ...taking, waitingClaimer, pop, blocking, onError });
    this.items = new ItemSource({ ...taking, waiter, acks: this.acks, batch });

    const claimers = this.#claimers;
    const presence = new Presence({
      id: claimer.instance,
      name: instance,
      key: keys.consumers,
      interval: cleans ? quietInterval(lease, idleInterval) : Announcer.interval,
      isTaking: () => this.items.isTaking,
      claims: () => claimers.reduce((sum, { count }) => sum + count, 0),
      announce: () => this.#recurring.passNow(),
      depart: (id) => remember(this.#own, depart(commands, keys, id)),
      shortfalls,
    });
    this.presence = presence;
    this.#recurring = cleans
      ? maintenanceOf({
        ...{ commands, keys, claimers, presence, lease, idleInterval, deadLetters, onError },
      })
      : new Announcer(() =>
        presence.along(async (announcement) => {
          return announcement === undefined ? {} : await announce(commands, keys, announcement);
        })
      );
  }

  /** Starts what is done from time to time, unless it was started before. */
  start(): void {
    this.#recurring.start();
  }

  /** Connects now, or rejects at the first failure. */
  async connect(): Promise<void> {
    await this.track(
      this.#commands.send({ name: "PING", args: [], action: "connect", once: true }),
    );
  }

  /** Runs a script that is called too rarely to be batched. */
  run<R>(
    script: (connection: SupervisedConnection, keys: QueueKeys) => Promise<R>,
  ): Promise<R> {
    return this.track(script(this.#commands, this.#keys));
  }

  /** Whether another item was put under the uid since this one was claimed. `close` does not wait for it. */
  wasPutAgain(item: Pick<ClaimedItem, "uid" | "claim">): Promise<boolean> {
    return putSince(this.#commands, this.#keys, item);
  }

  /** Gives items back to the front of the queue, in their order; resolves to which of them were in flight. */
  release(items: ItemLease[]): Promise<boolean[]> {
    return remember(this.#own, this.#releaseAll(items));
  }

  /** Gives items back that nobody got. */
  giveBack(items: Pick<ClaimedItem, "uid" | "claim">[]): Promise<boolean[]> {
    return this.release(items.map(({ uid, claim }) => ({ uid, lease: claim.lease })));
  }

  /** Has `close` wait for a call of the user's. */
  track<R>(call: Promise<R>): Promise<R> {
    return remember(this.#ofTheUser, call);
  }

  /** Resolves when what came for a take that was aborted is back in the queue, and what can't be read is dead. */
  async idle(): Promise<void> {
    await this.items.idle();
    await this.fails.idle();
    await Promise.allSettled(this.#own);
  }

  /** Ends all waiting: takes that wait reject, and no new one waits. */
  async endWaiting(): Promise<void> {
    this.#recurring.stop();
    await this.items.endWaiting();
  }

  /**
   * Lets the user's calls under way finish, gives back what came for nobody, then ends the connections. What the queue does
   * for itself is not waited for.
   */
  async close(): Promise<void> {
    await this.endWaiting();
    await this.items.takesEnded();
    this.acks.hurry();
    await Promise.all([this.puts, this.laterPuts].map((batcher) => batcher.idle()));
    await Promise.allSettled(this.#ofTheUser);
    if (this.#commands.outage("close") === undefined) {
      await waitFor(this.#endOwn(), { timeoutMs: OWN_PATIENCE_MS }).catch(() => {});
    }
    this.acks.close();
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  /** What workers have to say still, and what goes back to the queue. */
  async #endOwn(): Promise<void> {
    await Promise.all([this.acks.idle(), this.fails.idle()]);
    await Promise.allSettled(this.#own);
    const ends = this.#claimers.map((claimer) => claimer.end());
    await Promise.all([...ends, this.presence.end()]);
  }

  async #releaseAll(items: ItemLease[]): Promise<boolean[]> {
    const released: boolean[][] = [];
    // The oldest come last, so that they end up foremost.
    for (let end = items.length; end > 0; end -= MAX_ITEMS) {
      const batch = items.slice(Math.max(end - MAX_ITEMS, 0), end);
      released.unshift(await release(this.#commands, this.#keys, batch));
    }
    return released.flat();
  }
}

/** Keeps a call in `calls` while it is under way. */
function remember<R>(calls: Set<Promise<unknown>>, call: Promise<R>): Promise<R> {
  calls.add(call);
  const forget = () => calls.delete(call);
  call.then(forget, forget);
  return call;
}
