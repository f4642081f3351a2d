/** The name of our queue. A Redis Cluster needs the hash tag. */
export const NAME = "{bench}";

/** Where the benchmark's Redis listens. */
export interface Address {
  port: number;
  /** Path of its unix socket. */
  socket: string;
}

/** Stops a consumer; resolves when it has finished what it had begun. */
export type Stop = () => Promise<void>;

/** A queue as the benchmark uses it: the same few calls, and the same work, for ours and for the others. */
export interface BenchQueue extends AsyncDisposable {
  /** Adds one item; resolves when it is in Redis. */
  put(payload: string): Promise<unknown>;
  /** Adds many items in the fastest way; absent if the queue has only `put`. */
  putMany?(payloads: string[]): Promise<unknown>;
  /**
   * Starts to call `handle` for each item, at most `concurrency` at a time. Deletes an item from Redis when its `handle` has
   * resolved. Call it once.
   */
  consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop | Promise<Stop>;
  /** Takes `count` items and leaves them in flight; absent if the queue can't do that. */
  take?(count: number): Promise<unknown>;
  /** A PING of the Redis client that the queue uses. */
  ping?(): Promise<unknown>;
  /** The number of items that Redis holds, waiting or in flight. */
  left(): Promise<number>;
}

/** One of the queues that are compared. */
export interface Contestant {
  /** As printed, with the versions of its packages. */
  title: string;
  open(address: Address): Promise<BenchQueue>;
}
