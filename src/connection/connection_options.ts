/** Where one Redis server listens. */
export interface NodeAddress {
  /** Host name or address. */
  hostname: string;
  /** Default: 6379; of a Sentinel: 26379. */
  port?: number | undefined;
}

/** A Redis Cluster. */
export interface ClusterOptions {
  /** Some of its nodes. One that can be reached is enough to find the others. */
  nodes: NodeAddress[];
}

/** Redis Sentinels that know where the master is. */
export interface SentinelOptions {
  /** The name of the master in the configuration of the Sentinels. */
  name: string;
  /** The Sentinels. One that can be reached is enough. */
  nodes: NodeAddress[];
  /** ACL user of the Sentinels, if they have one. */
  username?: string | undefined;
  /** Password of the Sentinels, if they have one. */
  password?: string | undefined;
}

/** Options of the connection to Redis. The client of `@db/redis` gets its own options unchanged. */
export interface ConnectionOptions {
  /** Host name or address of Redis. Default: "127.0.0.1". */
  hostname?: string | undefined;
  /** Port of Redis. Default: 6379. */
  port?: number | string | undefined;
  /** Number of the database. Default: 0. */
  db?: number | undefined;
  /** ACL user. Default: Redis's user "default". */
  username?: string | undefined;
  /** Password of the user. */
  password?: string | undefined;
  /** Whether to use TLS. Default: false. */
  tls?: boolean | undefined;
  /** Root certificates (PEM) to trust in addition to those of the system; implies `tls`. */
  caCerts?: string[] | undefined;
  /** Whether to send small packets at once. Default: true. */
  noDelay?: boolean | undefined;
  /**
   * How often the client itself tries again. Default: 0, since the queue replaces a broken client, however
   * often it breaks.
   */
  maxRetryCount?: number | undefined;
  /**
   * Returns the milliseconds before the client's own next try, by the number of tries; matters only with
   * `maxRetryCount`.
   */
  backoff?: ((attempts: number) => number) | undefined;
  /**
   * Milliseconds between PINGs of the client, at most 24 days. Default: no PINGs, since the queue itself
   * notices a silent connection.
   */
  healthCheckInterval?: number | undefined;
  /** A Redis Cluster, instead of `hostname` and `port`. The name of the queue then needs a `{hash tag}`. */
  cluster?: ClusterOptions | undefined;
  /** Redis Sentinels, instead of `hostname` and `port`. */
  sentinel?: SentinelOptions | undefined;
  /** Returns a signal that ends an attempt to connect. An attempt ends after 5 s at the latest. */
  signal?: (() => AbortSignal) | undefined;
}
