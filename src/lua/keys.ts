/**
 * The names of one queue's keys in Redis. The first four are the data format of the Python library saferedisqueue 4.x;
 * the others it does not know, and they exist only while in use.
 */
export interface QueueKeys {
  /** Hash, uid -> payload. */
  readonly items: string;
  /** List of waiting uids: pushed on the left, taken from the right. */
  readonly queue: string;
  /** List of uids that a Python consumer has popped, and whose lease is not yet stamped. */
  readonly ackbuf: string;
  /** Sorted set of the uids in flight; score: a minute before the lease ends, in microseconds since the epoch. */
  readonly aging: string;
  /** Sorted set of those in flight by a lease of less than a minute; score: when that ends. */
  readonly short: string;
  /** List of uids taken by a blocking pop and not claimed yet: the front of the queue. */
  readonly popped: string;
  /** Hash, instance -> note of its last claim. */
  readonly claims: string;
  /** Hash, uid that its producer chose -> microseconds since the epoch when it was put. */
  readonly named: string;
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
    short: `${prefix}:short`,
    popped: `${prefix}:popped`,
    claims: `${prefix}:claims`,
    named: `${prefix}:named`,
    attempts: `${prefix}:attempts`,
    errors: `${prefix}:errors`,
    delayed: `${prefix}:delayed`,
    dead: `${prefix}:dead`,
    stats: `${prefix}:stats`,
    paused: `${prefix}:paused`,
    doorbell: `${prefix}:doorbell`,
  };
}
