/** Where one Redis server listens. */
export interface NodeAddress {
  /** Host name or address. */
  hostname: string;
  /** Default: 6379, of a Sentinel 26379. */
  port?: number | undefined;
}

/** A Redis Cluster. */
export interface ClusterOptions {
  /** Some of its nodes; one that can be reached is enough to find the others. */
  nodes: NodeAddress[];
}

/** Redis Sentinels that know where the master is. */
export interface SentinelOptions {
  /** The name of the master, as the Sentinels call it. */
  name: string;
  /** The Sentinels; one that can be reached is enough. */
  nodes: NodeAddress[];
  /** ACL user of the Sentinels, where they have one. */
  username?: string | undefined;
  /** Password of the Sentinels, where they have one. */
  password?: string | undefined;
}

/** Options of the connection to Redis; those of `@db/redis`, whose client gets them as they are. */
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
  /** Whether to connect by TLS. Default: false. */
  tls?: boolean | undefined;
  /** Root certificates (PEM) to trust beside the system's; implies `tls`. */
  caCerts?: string[] | undefined;
  /** Whether to send small packets at once. Default: true. */
  noDelay?: boolean | undefined;
  /**
   * How often the client under the queue tries again by itself. Default: 0, since the queue replaces a broken client,
   * for as long as it lives.
   */
  maxRetryCount?: number | undefined;
  /** Milliseconds between the client's own attempts, by their number; matters only with `maxRetryCount`. */
  backoff?: ((attempts: number) => number) | undefined;
  /** Milliseconds between PINGs of the client, 24 days at most. Default: none, since the queue notices a silent connection by itself. */
  healthCheckInterval?: number | undefined;
  /** A Redis Cluster in place of `hostname` and `port`. The queue's name must then hold a `{hash tag}`. */
  cluster?: ClusterOptions | undefined;
  /** Redis Sentinels in place of `hostname` and `port`. */
  sentinel?: SentinelOptions | undefined;
  /** Returns a signal that ends an attempt to connect; one such attempt never takes longer than 5 s. */
  signal?: (() => AbortSignal) | undefined;
}
