/** The names of one queue's keys in Redis: the data format of the Python library saferedisqueue 4.x. */
export interface QueueKeys {
  /** Hash, uid -> payload. */
  readonly items: string;
  /** List of waiting uids: pushed on the left, taken from the right. */
  readonly queue: string;
  /** List of uids taken by a blocking pop whose lease is not yet stamped. */
  readonly ackbuf: string;
  /** Sorted set of the uids in flight; score: microseconds since the epoch when the lease began. */
  readonly aging: string;
}

/** The keys of the queue called `name`. */
export function queueKeys(name: string): QueueKeys {
  const prefix = `srq:${name}`;
  return {
    items: `${prefix}:items`,
    queue: `${prefix}:queue`,
    ackbuf: `${prefix}:ackbuf`,
    aging: `${prefix}:ackbuf_aging`,
  };
}
