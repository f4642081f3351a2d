import type { EngineOptions } from "./engine/engine.ts";
import { LONGEST_TIMER_MS } from "./connection/time_limit.ts";
import type { ConnectionOptions } from "./connection/connection_options.ts";
import { queueKeys } from "./lua/keys.ts";
import type { DeadLetterLimits } from "./lua/sweep.ts";
import { openerOf, secretsOf } from "./connection/open.ts";
import { printError } from "./print_error.ts";
import type { OpenConnection } from "./connection/redis_connection.ts";
import { parseRedisUrl, type RedisAddress } from "./connection/redis_url.ts";
import { safeOpener } from "./connection/safe_connection.ts";
import { type Codec, codecOf, type JSONLike, type Serializer } from "./serializers.ts";

/** How many replicas have to confirm a `put`. */
export interface ReplicasOptions {
  /** Number of replicas, 1 or more. */
  count: number;
  /** Seconds to wait for them, a day at most. Default: 1. */
  timeout?: number | undefined;
}

/** How many dead letters are kept; the oldest above that are deleted. */
export interface DeadLettersOptions {
  /** Maximum number of dead letters. Default: 100,000. */
  maxCount?: number | undefined;
  /** Maximum age in seconds, since an item died. Default: 30 days. */
  maxAge?: number | undefined;
}

/** Options of a queue. What is left out, or `undefined`, has its default. */
export interface SafeRedisQueueOptions<T = string> extends ConnectionOptions {
  /**
   * `redis://user:password@host:6379/0`, `rediss://...` (TLS), `unix:///path/to.sock?db=0`; user and password
   * percent-encoded. What the URL says decides over `hostname`, `port`, `db`, `username`, `password` and `tls`.
   */
  url?: string | undefined;
  /** Name of the queue: its keys begin with `srq:NAME:`. Default: "0". */
  name?: string | undefined;
  /**
   * Seconds for which this consumer may hold an item: one that is neither acked nor failed when its lease ends is delivered
   * again. At most 10 years. Default: 60.
   */
  lease?: number | undefined;
  /**
   * What the Python library calls {@linkcode SafeRedisQueueOptions.lease}. `null`: this instance looks for no lease that has
   * ended, so that some other one must.
   */
  autocleanInterval?: number | null | undefined;
  /** Turns items into bytes and back; see {@linkcode Serializer}. Default: none, items are strings. */
  serializer?: Serializer<T> | JSONLike | undefined;
  /**
   * Seconds after which a call is given up while Redis can't be reached or does not answer; a blocking `get` goes on
   * waiting nevertheless. `null`: never. Default: 10.
   */
  commandTimeout?: number | null | undefined;
  /**
   * How many attempts an item has: the last one that fails makes it a dead letter. So does this consumer with an item that
   * it would get and that was delivered in vain as often, for example because its consumer crashed. Default: no limit.
   */
  maxAttempts?: number | undefined;
  /**
   * What a dead letter with an order key means for the items of this key that come after it: "continue", they go on; "hold", they
   * wait until it is requeued or deleted. `stats` and `onError` name the keys that are held up. Default: "continue".
   */
  onDead?: "hold" | "continue" | undefined;
  /** How many dead letters are kept. Only instances that consume apply this; the strictest of them decides. */
  deadLetters?: DeadLettersOptions | undefined;
  /**
   * Lets `put` resolve only when `count` replicas of Redis have confirmed that they have the item, which then outlives
   * the master; within `timeout` seconds (default 1), or it rejects with a {@linkcode ReplicationError}. Other calls of
   * this queue wait meanwhile. Default: none.
   */
  replicas?: ReplicasOptions | undefined;
  /**
   * Gets the errors that no call is there to throw: of the autoclean pass, of a blocking `get` while Redis is away, and
   * what the handler of `consume` or `drain` throws.
   * Default: `console.error`.
   */
  onError?: ((error: unknown) => void) | undefined;
  /** Opens a connection of your own in place of all options of the connection. */
  connect?: OpenConnection | undefined;
}

/** The options as the parts of a queue use them. */
export interface ResolvedOptions<T> extends EngineOptions {
  name: string;
  codec: Codec<T>;
}

const DEAD_LETTERS: DeadLetterLimits = { maxCount: 100_000, maxAge: 30 * 24 * 3600 };

/** Seconds. */
const DEFAULT_LEASE = 60;
/** The longest lease in seconds, 10 years. */
export const LONGEST_LEASE = 10 * 365.25 * 24 * 3600;

/** Maximum number of seconds to wait for replicas. Redis refuses much longer waits, but only after it has stored the item. */
const LONGEST_WAIT = 24 * 3600;

/** Options whose values stay out of error texts. */
const SECRET = new Set(["url", "password", "sentinel"]);

interface Rule {
  accepts: (value: unknown) => boolean;
  expected: string;
}

const isString: Rule = { accepts: (value) => typeof value === "string", expected: "a string" };
const isFunction: Rule = {
  accepts: (value) => typeof value === "function",
  expected: "a function",
};
const isBoolean: Rule = { accepts: (value) => typeof value === "boolean", expected: "a boolean" };
const isCount: Rule = {
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  expected: "a whole number, 0 or more",
};
const isAbove0 = (value: unknown): value is number =>
  Number.isFinite(value) && (value as number) > 0;
const isSeconds = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;
const isLease: Rule = {
  accepts: (value) => isAbove0(value) && value <= LONGEST_LEASE,
  expected: `a number of seconds above 0, and at most ${LONGEST_LEASE} (10 years)`,
};

const RULES: Record<keyof SafeRedisQueueOptions, Rule> = {
  url: isString,
  hostname: isString,
  port: {
    accepts: (value) =>
      (typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value))) &&
      Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= 65535,
    expected: "a whole number from 1 to 65535",
  },
  db: isCount,
  username: isString,
  password: isString,
  tls: isBoolean,
  caCerts: {
    accepts: (value) =>
      Array.isArray(value) && value.every((certificate) => typeof certificate === "string"),
    expected: "an array of certificates in PEM",
  },
  noDelay: isBoolean,
  maxRetryCount: isCount,
  backoff: isFunction,
  healthCheckInterval: {
    accepts: (value) => isAbove0(value) && value <= LONGEST_TIMER_MS,
    expected: `a number of milliseconds above 0, and at most ${LONGEST_TIMER_MS}`,
  },
  signal: isFunction,
  cluster: {
    accepts: (value) => isObject(value) && isNodes(value.nodes),
    expected: "{ nodes: [{ hostname, port }, ...] }",
  },
  sentinel: {
    accepts: (value) => isObject(value) && typeof value.name === "string" && isNodes(value.nodes),
    expected: "{ name, nodes: [{ hostname, port }, ...] }",
  },
  name: {
    accepts: (value) => typeof value === "string" && value.isWellFormed(),
    expected: "a string without lone surrogates",
  },
  lease: isLease,
  autocleanInterval: {
    accepts: (value) => value === null || isLease.accepts(value),
    expected: `${isLease.expected}, or null`,
  },
  serializer: {
    accepts: (value) =>
      hasMethods(value, "dumps", "loads") || hasMethods(value, "stringify", "parse"),
    expected: "an object with dumps and loads, or JSON",
  },
  commandTimeout: {
    accepts: (value) => value === null || isAbove0(value),
    expected: "a number of seconds above 0, or null",
  },
  maxAttempts: {
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
    expected: "a whole number above 0",
  },
  onDead: {
    accepts: (value) => value === "hold" || value === "continue",
    expected: '"hold" or "continue"',
  },
  deadLetters: {
    accepts: (value) =>
      isObject(value) && isCount.accepts(value.maxCount ?? 0) && isSeconds(value.maxAge ?? 0),
    expected: "{ maxCount, maxAge }, with a whole number and seconds, 0 or more",
  },
  replicas: {
    accepts: (value) =>
      isObject(value) && Number.isSafeInteger(value.count) && (value.count as number) >= 1 &&
      (value.timeout === undefined || (isAbove0(value.timeout) && value.timeout <= LONGEST_WAIT)),
    expected: "{ count, timeout }, with a count above 0 and a timeout in seconds above 0, and at " +
      `most ${LONGEST_WAIT}`,
  },
  onError: isFunction,
  connect: isFunction,
};

/** Checks `options` and fills in the defaults; throws a `TypeError` that names the option and the value. */
export function resolveOptions<T>(options: SafeRedisQueueOptions<T>): ResolvedOptions<T> {
  check(options);
  const {
    url,
    name = "0",
    lease,
    autocleanInterval,
    serializer,
    commandTimeout = 10,
    maxAttempts = 0,
    onDead = "continue",
    deadLetters = {},
    replicas,
    onError = printError,
    connect,
    ...connectionOptions
  } = options;
  const address: RedisAddress = url === undefined ? {} : parseRedisUrl(url);
  check({ port: address.port });
  const keys = queueKeys(name);
  if (options.cluster !== undefined && !/^[^{]*\{[^}]+\}/.test(name)) {
    throw new TypeError(
      `The option name is ${
        JSON.stringify(name)
      }: in a cluster it needs a hash tag, so that all keys of the queue ` +
        `share a slot; for example ${JSON.stringify(`{${name}}`)}`,
    );
  }
  const connection = connect === undefined
    ? openerOf({ ...connectionOptions, ...address }, keys.queue)
    : {
      open: safeOpener(connect, secretsOf({ ...connectionOptions, ...address })),
      address: "the option connect's address",
    };
  return {
    ...connection,
    name,
    keys,
    codec: codecOf(serializer),
    lease: leaseOf(lease, autocleanInterval),
    cleans: autocleanInterval !== null,
    commandTimeoutMs: commandTimeout === null ? Infinity : commandTimeout * 1000,
    death: { maxAttempts, onDead },
    deadLetters: {
      maxCount: deadLetters.maxCount ?? DEAD_LETTERS.maxCount,
      maxAge: deadLetters.maxAge ?? DEAD_LETTERS.maxAge,
    },
    replicas: replicas &&
      { count: replicas.count, timeoutMs: Math.ceil((replicas.timeout ?? 1) * 1000) },
    onError: harmless(onError),
  };
}

function leaseOf(lease?: number, autocleanInterval?: number | null): number {
  const isTwofold = lease !== undefined && typeof autocleanInterval === "number";
  if (isTwofold && lease !== autocleanInterval) {
    throw new TypeError(
      `The options lease and autocleanInterval are ${lease} and ${autocleanInterval}: both name the same, give one of them`,
    );
  }
  return lease ?? autocleanInterval ?? DEFAULT_LEASE;
}

/** Calls `onError`, whose own errors, thrown at once or later, must not stop whoever reports one. */
function harmless(onError: (error: unknown) => unknown): (error: unknown) => void {
  return (error) => {
    // The console may be the user's too, and throw.
    Promise.try(onError, error).catch(printError).catch(() => {});
  };
}

function check(options: object): void {
  if (!isObject(options)) {
    // Not shown: it may well be a URL with a password.
    throw new TypeError(`The options are of type ${typeof options}: expected an object`);
  }
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, option)) {
      throw new TypeError(
        `Unknown option ${option}: expected one of ${Object.keys(RULES).join(", ")}`,
      );
    }
    const rule = RULES[option as keyof typeof RULES];
    if (value === undefined || rule.accepts(value)) continue;
    const shown = SECRET.has(option)
      ? `of type ${typeof value}`
      : Deno.inspect(value, { depth: 1 });
    throw new TypeError(`The option ${option} is ${shown}: expected ${rule.expected}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Also for a class with static methods. */
function hasMethods(value: unknown, ...names: string[]): boolean {
  return (isObject(value) || typeof value === "function") &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

function isNodes(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 &&
    value.every((node) => isObject(node) && typeof node.hostname === "string");
}
