/** The name of our queue, with a hash tag, which a Redis Cluster asks for. */
export const NAME = "{bench}";

/** Where the benchmark's Redis listens. */
export interface Address {
  port: number;
  /** Path of its unix socket. */
  socket: string;
}

/** Ends what was begun, when it is in order. */
export type Stop = () => Promise<void>;

/** A queue as the benchmark uses it: the same few calls, and the same work, for ours and for its peers. */
export interface BenchQueue extends AsyncDisposable {
  /** Adds one item; resolves when it is in Redis. */
  put(payload: string): Promise<unknown>;
  /** Adds many items, in the way that is fastest; absent where there is none but `put`. */
  putMany?(payloads: string[]): Promise<unknown>;
  /**
   * Begins to hand items to `handle`, at most `concurrency` at a time, and to delete each from Redis when its `handle` has
   * resolved. To be called once.
   */
  consume(handle: (payload: string) => Promise<void>, concurrency: number): Stop | Promise<Stop>;
  /** Takes so many items and leaves them unfinished; absent where that can't be asked for. */
  take?(count: number): Promise<unknown>;
  /** A PING of the queue's Redis client, without the queue. */
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
