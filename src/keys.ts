/**
 * The names of one queue's keys in Redis. The first four are the data format of the Python library saferedisqueue 4.x;
 * the others it does not know, and they exist only while in use.
 */
export interface QueueKeys {
  /** Hash, uid -> payload. */
  readonly items: string;
  /** List of waiting uids: pushed on the left, taken from the right. */
  readonly queue: string;
  /** List of uids taken by a blocking pop whose lease is not yet stamped. */
  readonly ackbuf: string;
  /** Sorted set of the uids in flight; score: microseconds since the epoch when the lease began. */
  readonly aging: string;
  /** Hash, uid -> failed deliveries. */
  readonly attempts: string;
  /** Hash, uid -> text of the last error. */
  readonly errors: string;
  /** Sorted set of the uids to be queued later; score: microseconds since the epoch when they are due. */
  readonly delayed: string;
  /** Sorted set of the dead letters' uids; score: microseconds since the epoch when they died. */
  readonly dead: string;
  /** Hash of running totals. */
  readonly stats: string;
  /** There while the queue is paused. */
  readonly paused: string;
  /** Stream that tells waiting consumers of an item that is due soon; it holds one entry, for ten seconds. */
  readonly doorbell: string;
}

/** The keys of the queue called `name`. */
export function queueKeys(name: string): QueueKeys {
  const prefix = `srq:${name}`;
  return {
    items: `${prefix}:items`,
    queue: `${prefix}:queue`,
    ackbuf: `${prefix}:ackbuf`,
    aging: `${prefix}:ackbuf_aging`,
    attempts: `${prefix}:attempts`,
    errors: `${prefix}:errors`,
    delayed: `${prefix}:delayed`,
    dead: `${prefix}:dead`,
    stats: `${prefix}:stats`,
    paused: `${prefix}:paused`,
    doorbell: `${prefix}:doorbell`,
  };
}
