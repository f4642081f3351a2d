/** The errors that this package throws; all are {@linkcode QueueError}s.
 *
 * @module
 */

/**
 * Base class of every error that this package throws, wrong arguments aside (those are a `TypeError`).
 *
 * @example
 * ```ts
 * import { QueueError, SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 *
 * const queue = new SafeRedisQueue({ port: 1, commandTimeout: 0.2 });
 * await queue.put("Hello").catch((error) => console.log(error instanceof QueueError)); // true
 * await queue.close();
 * ```
 */
export class QueueError extends Error {
  /** The class's name. */
  override name = "QueueError";
}

/** The queue was closed: before the call, or while a `get` was waiting. */
export class QueueClosedError extends QueueError {
  /** The class's name. */
  override name = "QueueClosedError";

  /**
   * Makes the error of one call.
   *
   * @param action What was asked of the closed queue.
   */
  constructor(action: string) {
    super(`Cannot ${action}: the queue is closed`);
  }
}

/**
 * An item could not be turned into bytes (`put`; nothing was stored), or stored bytes not into an item (`get`; the item
 * is in flight, so that `uid` can be acked or failed).
 */
export class SerializationError extends QueueError {
  /** The class's name. */
  override name = "SerializationError";
  /** The item's uid; `undefined` if `put` refused it. */
  readonly uid: string | undefined;
  /** The stored bytes, untouched; `undefined` if `put` refused the item. */
  declare readonly payload: Uint8Array | undefined;

  /**
   * Makes the error of one call.
   *
   * @param message What could not be done, and why.
   * @param options The item it concerns, and the serializer's own error.
   */
  constructor(
    message: string,
    options: { uid?: string; payload?: Uint8Array; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.uid = options.uid;
    // Not enumerable: a payload does not belong in a log.
    Object.defineProperty(this, "payload", { value: options.payload, enumerable: false });
  }
}

/** Redis could not be reached, or did not answer, within `commandTimeout`. */
export class RedisUnavailableError extends QueueError {
  /** The class's name. */
  override name = "RedisUnavailableError";
  /**
   * `false`: Redis never got the call, nothing happened. `true`: it was sent and the answer is missing, so it may have
   * been carried out.
   */
  readonly mayHaveHappened: boolean;
  /**
   * The uids that the call was about. Of `put`, `putMany` and `ackMany` those for which it has, or may have, happened
   * nevertheless: items that are, or may be, stored or acked.
   */
  readonly uids: readonly string[];

  /**
   * Makes the error of one call.
   *
   * @param message What could not be done, and where.
   * @param options Whether it may have happened nevertheless, to which uids, and why the connection failed, without
   * what a server or a client quotes.
   */
  constructor(
    message: string,
    options: { mayHaveHappened: boolean; uids?: readonly string[]; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.mayHaveHappened = options.mayHaveHappened;
    this.uids = options.uids ?? [];
  }
}

/** Redis answered a command with an error: out of memory, no permission, a key of another type, ... */
export class RedisReplyError extends QueueError {
  /** The class's name. */
  override name = "RedisReplyError";
  /** The first word of Redis's answer, such as `OOM`, `NOPERM`, `WRONGTYPE` or `WRONGPASS`. */
  readonly code: string;
  /** The uids for which the call happened all the same: the part of a `putMany` or an `ackMany` before Redis refused. */
  readonly uids: readonly string[];

  /**
   * Makes the error of one call.
   *
   * @param message What could not be done, Redis's answer, and what to try.
   * @param options The answer's first word, the uids for which it happened nevertheless, and the answer itself, without
   * what a server quotes in it.
   */
  constructor(
    message: string,
    options: { code: string; uids?: readonly string[]; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.uids = options.uids ?? [];
  }
}

/** The lease of an item ran out while its handler was at work: the item is, or will be, delivered again. */
export class LeaseLostError extends QueueError {
  /** The class's name. */
  override name = "LeaseLostError";
  /** The item's uid. */
  readonly uid: string;

  /**
   * Makes the error of one item.
   *
   * @param uid The item's uid.
   */
  constructor(uid: string) {
    super(`The lease of the item ${uid} has run out: it is delivered again`);
    this.uid = uid;
  }
}

/** An item is gone while its handler was at work: it was deleted, or acked elsewhere. What the handler does is in vain. */
export class ItemDeletedError extends QueueError {
  /** The class's name. */
  override name = "ItemDeletedError";
  /** The item's uid. */
  readonly uid: string;

  /**
   * Makes the error of one item.
   *
   * @param uid The item's uid.
   */
  constructor(uid: string) {
    super(`The item ${uid} is gone: it was deleted, or acked elsewhere`);
    this.uid = uid;
  }
}

/** What the handler of `consume` or `drain` threw, as `onError` gets it. The item is failed. */
export class HandlerError extends QueueError {
  /** The class's name. */
  override name = "HandlerError";
  /** The item's uid. */
  readonly uid: string;
  /** Which delivery of the item it was, from 1. */
  readonly attempt: number;

  /**
   * Makes the error of one attempt.
   *
   * @param message What happened.
   * @param options The item, its attempt, and what the handler threw.
   */
  constructor(message: string, options: { uid: string; attempt: number; cause: unknown }) {
    super(message, { cause: options.cause });
    this.uid = options.uid;
    this.attempt = options.attempt;
    // Its own frames are those of this package; those that help are the cause's.
    this.stack = `${this.name}: ${message}`;
  }
}

/** The server cannot hold a queue: it lacks commands, as Redis before 6.2 does. */
export class UnsupportedRedisError extends QueueError {
  /** The class's name. */
  override name = "UnsupportedRedisError";
}

/** Fewer replicas than the option `replicas` demands confirmed a `put`. Its items are stored, on the master at least. */
export class ReplicationError extends QueueError {
  /** The class's name. */
  override name = "ReplicationError";
  /** The uids of the items; they stay put. */
  readonly uids: readonly string[];

  /**
   * Makes the error of one call.
   *
   * @param message How many replicas confirmed, of how many.
   * @param uids The uids of the items.
   */
  constructor(message: string, uids: readonly string[]) {
    super(message);
    this.uids = uids;
  }
}
