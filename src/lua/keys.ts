/**
 * The keys of one queue in Redis. The first four are the data format of the Python library saferedisqueue 4.x. That library
 * does not know the others, which exist only while they are in use.
 */
export interface QueueKeys {
  /** Hash, uid -> payload. */
  readonly items: string;
  /** List of waiting uids: pushed on the left, taken from the right, its front. */
  readonly queue: string;
  /** List of uids that a Python consumer has popped and that have no lease yet. */
  readonly ackbuf: string;
  /** Sorted set of uids in flight; score: a minute before the lease ends, in microseconds since the epoch. */
  readonly aging: string;
  /** Sorted set of uids in flight whose lease is shorter than a minute; score: when it ends. */
  readonly short: string;
  /** List of uids that a blocking pop has taken and that nobody has claimed yet: they are the front of the queue. */
  readonly popped: string;
  /** Hash, instance -> note of its last claim; also instance:touch -> lease of its last touch. */
  readonly claims: string;
  /** Hash, uid that a producer chose -> when it was put, in microseconds since the epoch. */
  readonly named: string;
  /** Hash, uid -> failed deliveries. */
  readonly attempts: string;
  /** Hash, uid -> text of the last error. */
  readonly errors: string;
  /** Hash, uid -> headers, as JSON. */
  readonly headers: string;
  /** Sorted set of uids to be queued later; score: when they are due, in microseconds since the epoch. */
  readonly delayed: string;
  /** Sorted set of uids of dead letters; score: when they died, in microseconds since the epoch. */
  readonly dead: string;
  /** Hash, uid -> place among the parked items, and order key; see `parts/order_keys.ts`. */
  readonly orderkeys: string;
  /** Hash, order key -> uid of the item whose turn it is. */
  readonly heads: string;
  /** Sorted set of items that wait for their turn, all with the score 0. */
  readonly parked: string;
  /** Hash, uid of a dead letter that keeps its turn -> order key. */
  readonly held: string;
  /** Hash of running totals. */
  readonly stats: string;
  /** String that exists while the queue is paused. */
  readonly paused: string;
  /** Stream that tells waiting consumers that an item is due soon; it holds one entry, for ten seconds. */
  readonly doorbell: string;
  /** Sorted set of instances that consume; score: when they are taken for gone, in microseconds since the epoch. */
  readonly consumers: string;
  /** Hash, instance that consumes -> what it says of itself, see `parts/presence.ts`. */
  readonly notes: string;
}

/** The keys of a queue, and for a script that moves items to another queue those of that one, as `to_queue` and the like. */
export type ScriptKeys = QueueKeys & Partial<Record<`to_${keyof QueueKeys}`, string>>;

/** The keys of a queue, and of that to which items are moved. */
export function keysOfBoth(from: QueueKeys, to: QueueKeys): ScriptKeys {
  const others = Object.entries(to).map(([key, name]) => [`to_${key}`, name]);
  return { ...from, ...Object.fromEntries(others) };
}

/** The keys of the queue `name`. */
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
    headers: `${prefix}:headers`,
    delayed: `${prefix}:delayed`,
    dead: `${prefix}:dead`,
    orderkeys: `${prefix}:orderkeys`,
    heads: `${prefix}:heads`,
    parked: `${prefix}:parked`,
    held: `${prefix}:held`,
    stats: `${prefix}:stats`,
    paused: `${prefix}:paused`,
    doorbell: `${prefix}:doorbell`,
    consumers: `${prefix}:consumers`,
    notes: `${prefix}:consumer_notes`,
  };
}
