import type { EngineOptions } from "./engine/engine.ts";
import { LONGEST_TIMER_MS } from "./connection/time_limit.ts";
import type {
  ClusterOptions,
  ConnectionOptions,
  NodeAddress,
  SentinelOptions,
} from "./connection/connection_options.ts";
import { queueKeys } from "./lua/keys.ts";
import type { DeadLetterLimits } from "./lua/sweep.ts";
import { type Opener, openerOf, secretsOf } from "./connection/open.ts";
import type { OpenConnection } from "./connection/redis_connection.ts";
import { parseRedisUrl, type RedisAddress } from "./connection/redis_url.ts";
import { checkOptions, isOptions } from "./given_options.ts";
import { ErrorPrinter } from "./error_printer.ts";
import { lineOf, report } from "./report.ts";
import { safeOpener } from "./connection/safe_connection.ts";
import { callOutside } from "./worker/worker_scope.ts";
import { type Codec, codecOf, type JSONLike, type Serializer } from "./serializers.ts";
import type { Telemetry } from "./telemetry.ts";
import { TelemetryCaller } from "./telemetry_caller.ts";

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

/** How items become bytes: strings need nothing, all else a serializer. */
export type SerializerOptions<T> = unknown extends T ? RequiredSerializer<T>
  : [T] extends [string] ? OptionalSerializer<T>
  : RequiredSerializer<T>;

/** The serializer of a queue of strings. */
export interface OptionalSerializer<T> {
  /** Turns items into bytes and back; see {@linkcode Serializer}. Default: none, items are strings. */
  serializer?: Serializer<T> | undefined;
}

/** The serializer of a queue of anything else. */
export interface RequiredSerializer<T> {
  /**
   * Turns items into bytes and back; see {@linkcode Serializer}. The global `JSON`, which takes and returns anything, says
   * nothing of the items: name their type, as in `new SafeRedisQueue<Mail>({ serializer: JSON })`.
   */
  serializer: Serializer<T> | JSONLike;
}

/**
 * Options of a queue. What is left out, or `undefined`, has its default.
 *
 * @typeParam T The type of an item. Unless that is a string, the option `serializer` is needed.
 */
export type SafeRedisQueueOptions<T = string> = QueueOptions & SerializerOptions<T>;

/** Where Redis is. */
export interface ServerOptions extends ConnectionOptions {
  /**
   * `redis://user:password@host:6379/0`, `rediss://...` (TLS), `unix:///path/to.sock?db=0`; user and password
   * percent-encoded. What the URL says decides over `hostname`, `port`, `db`, `username`, `password` and `tls`.
   */
  url?: string | undefined;
  /**
   * Seconds after which a call is given up while Redis can't be reached or does not answer; a blocking `get` goes on
   * waiting nevertheless. `null`: never. Default: 10.
   */
  commandTimeout?: number | null | undefined;
  /** Opens a connection of your own in place of all options of the connection. */
  connect?: OpenConnection | undefined;
}

/** The options that do not depend on the type of the items. */
export interface QueueOptions extends ServerOptions {
  /** Name of the queue: its keys begin with `srq:NAME:`. Default: "0". */
  name?: string | undefined;
  /** What `consumers()` calls this instance: 1 to 200 characters without control characters. Default: none. */
  instance?: string | undefined;
  /**
   * Seconds for which this consumer may hold an item: one that is neither acked nor failed when its lease ends is delivered
   * again. At most 10 years. Default: 60.
   */
  lease?: number | undefined;
  /**
   * How often a consumer that waits for items looks at Redis, in seconds from 1 to 3600. By default, 10, that is 24 commands
   * a minute, and with 60 it is 4. It notices a frozen connection this much later, and what no message tells it of: see
   * `docs/hosted.md`. Default: 10.
   */
  idleInterval?: number | undefined;
  /**
   * What the Python library calls {@linkcode SafeRedisQueueOptions.lease}. `null`: this instance looks for no lease that has
   * ended, so that some other one must.
   */
  autocleanInterval?: number | null | undefined;
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
   * what the handler of `consume` or `drain` throws. By default each is printed on stderr as one line without its stack,
   * and an outage of Redis when it begins and when it ends. `console.error` prints everything.
   */
  onError?: ((error: unknown) => void) | undefined;
  /**
   * What gets to know of puts, handlers and what became of items, for traces and metrics: `openTelemetry()` of the entry point
   * `./otel`. Default: none.
   */
  telemetry?: Telemetry | undefined;
}

/** The options of some queue, whatever its items are. */
export interface GivenOptions<T> extends QueueOptions {
  serializer?: RequiredSerializer<T>["serializer"] | undefined;
}

/** The options as the parts of a queue use them. */
export interface ResolvedOptions<T> extends EngineOptions {
  name: string;
  codec: Codec<T>;
  telemetry: TelemetryCaller | undefined;
}

const DEAD_LETTERS: DeadLetterLimits = { maxCount: 100_000, maxAge: 30 * 24 * 3600 };

/** Seconds. */
const DEFAULT_LEASE = 60;
/** Seconds. */
const DEFAULT_IDLE_INTERVAL = 10;
/** Networks forget connections that are silent for long. */
const LONGEST_IDLE = 3600;
/** The longest lease in seconds, 10 years. */
export const LONGEST_LEASE = 10 * 365.25 * 24 * 3600;

/** Maximum number of seconds to wait for replicas. Redis refuses much longer waits, but only after it has stored the item. */
const LONGEST_WAIT = 24 * 3600;

/** A name that people read, in a table. */
const INSTANCE = /^\P{Cc}{1,200}$/u;

/** Options whose values stay out of error texts. */
const SECRET = new Set(["url", "password", "sentinel"]);

interface Rule {
  accepts: (value: unknown) => boolean;
  expected: string;
  /** The options in the value, if it is an object with some. */
  within?: Record<string, true>;
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

const isPort: Rule = {
  accepts: (value) =>
    (typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value))) &&
    Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= 65535,
  expected: "a whole number from 1 to 65535",
};

const NODE = { hostname: true, port: true } satisfies Record<keyof NodeAddress, true>;

const RULES: Record<keyof SafeRedisQueueOptions, Rule> = {
  url: isString,
  hostname: isString,
  port: isPort,
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
    within: { nodes: true } satisfies Record<keyof ClusterOptions, true>,
    accepts: (value) => isOptions(value) && isNodes(value.nodes),
    expected: "{ nodes: [{ hostname, port }, ...] }",
  },
  sentinel: {
    within: {
      name: true,
      nodes: true,
      username: true,
      password: true,
    } satisfies Record<keyof SentinelOptions, true>,
    accepts: (value) =>
      isOptions(value) && typeof value.name === "string" && isNodes(value.nodes) &&
      [value.username, value.password].every((text) => typeof (text ?? "") === "string"),
    expected: "{ name, nodes: [{ hostname, port }, ...], username, password }",
  },
  name: {
    accepts: (value) => typeof value === "string" && value.isWellFormed(),
    expected: "a string without lone surrogates",
  },
  instance: {
    accepts: (value) => typeof value === "string" && value.isWellFormed() && INSTANCE.test(value),
    expected: "1 to 200 characters without control characters and lone surrogates",
  },
  lease: isLease,
  autocleanInterval: {
    accepts: (value) => value === null || isLease.accepts(value),
    expected: `${isLease.expected}, or null`,
  },
  idleInterval: {
    accepts: (value) =>
      Number.isFinite(value) && (value as number) >= 1 && (value as number) <= LONGEST_IDLE,
    expected: `a number of seconds from 1 to ${LONGEST_IDLE}`,
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
    within: { maxCount: true, maxAge: true } satisfies Record<keyof DeadLettersOptions, true>,
    accepts: (value) =>
      isOptions(value) && isCount.accepts(value.maxCount ?? 0) && isSeconds(value.maxAge ?? 0),
    expected: "{ maxCount, maxAge }, with a whole number and seconds, 0 or more",
  },
  replicas: {
    within: { count: true, timeout: true } satisfies Record<keyof ReplicasOptions, true>,
    accepts: (value) =>
      isOptions(value) && Number.isSafeInteger(value.count) && (value.count as number) >= 1 &&
      (value.timeout === undefined || (isAbove0(value.timeout) && value.timeout <= LONGEST_WAIT)),
    expected: "{ count, timeout }, with a count above 0 and a timeout in seconds above 0, and at " +
      `most ${LONGEST_WAIT}`,
  },
  onError: isFunction,
  telemetry: {
    accepts: (value) => hasMethods(value, "forQueue"),
    expected: "an object with the method forQueue, such as openTelemetry()",
  },
  connect: isFunction,
};

/** The options of {@linkcode ServerOptions}. */
const SERVER_OPTIONS = {
  ...{ url: true, hostname: true, port: true, db: true, username: true, password: true },
  ...{ tls: true, caCerts: true, noDelay: true, maxRetryCount: true, backoff: true },
  ...{ healthCheckInterval: true, cluster: true, sentinel: true, signal: true },
  ...{ commandTimeout: true, connect: true },
} satisfies Record<keyof ServerOptions, true>;

/** Where a server is, and how to connect to it. */
export interface ResolvedServer extends Opener {
  /** The options of the connection, with what the URL says. */
  options: ConnectionOptions & { path?: string };
  commandTimeoutMs: number;
}

/**
 * Checks the options that say where Redis is; throws a `TypeError` that names the option and the value.
 *
 * @param key A key in question, which determines the node of a cluster.
 */
export function resolveServerOptions(options: ServerOptions, key: string): ResolvedServer {
  check(options, SERVER_OPTIONS);
  return serverOf(options, key);
}

function serverOf(
  { url, connect, commandTimeout = 10, ...connection }: ServerOptions,
  key: string,
): ResolvedServer {
  const address: RedisAddress = url === undefined ? {} : parseRedisUrl(url);
  check({ port: address.port });
  const options = { ...connection, ...address };
  return {
    ...(connect === undefined ? openerOf(options, key) : {
      open: safeOpener(connect, secretsOf(options)),
      address: "the option connect's address",
    }),
    options,
    commandTimeoutMs: commandTimeout === null ? Infinity : commandTimeout * 1000,
  };
}

/** Checks `options` and fills in the defaults; throws a `TypeError` that names the option and the value. */
export function resolveOptions<T>(options: GivenOptions<T>): ResolvedOptions<T> {
  check(options);
  const {
    name = "0",
    instance,
    lease,
    autocleanInterval,
    idleInterval = DEFAULT_IDLE_INTERVAL,
    serializer,
    maxAttempts = 0,
    onDead = "continue",
    deadLetters = {},
    replicas,
    onError,
    telemetry,
    ...connecting
  } = options;
  const keys = queueKeys(name);
  if (options.cluster !== undefined && !/^[^{]*\{[^}]+\}/.test(name)) {
    throw new TypeError(
      `The option name is ${
        JSON.stringify(name)
      }: in a cluster it needs a hash tag, so that all keys of the queue ` +
        `share a slot; for example ${JSON.stringify(`{${name}}`)}`,
    );
  }
  const { options: _, server, ...connection } = serverOf(connecting, keys.queue);
  const reporting = reportingOf(onError, connection);
  const info = { name, address: server?.hostname, port: server?.port };
  return {
    ...connection,
    ...reporting,
    telemetry: telemetry && new TelemetryCaller(telemetry, info, reporting.onError),
    name,
    instance,
    keys,
    codec: codecOf(serializer),
    lease: leaseOf(lease, autocleanInterval),
    cleans: autocleanInterval !== null,
    idleInterval,
    death: { maxAttempts, onDead },
    deadLetters: {
      maxCount: deadLetters.maxCount ?? DEAD_LETTERS.maxCount,
      maxAge: deadLetters.maxAge ?? DEAD_LETTERS.maxAge,
    },
    replicas: replicas &&
      { count: replicas.count, timeoutMs: Math.ceil((replicas.timeout ?? 1) * 1000) },
  };
}

/** Where errors go and, if they are printed, connections that tell the end of an outage. */
function reportingOf(
  onError: SafeRedisQueueOptions["onError"],
  { open, address }: Pick<EngineOptions, "open" | "address">,
): Pick<EngineOptions, "onError" | "open"> {
  if (onError !== undefined) return { onError: harmless(onError), open };
  const printer = new ErrorPrinter(address);
  return { onError: harmless(printer.print), open: printer.watch(open) };
}

/** Calls `onError`, whose own errors, thrown at once or later, must not stop whoever reports one. */
function harmless(onError: (error: unknown) => unknown): (error: unknown) => void {
  return (error) => {
    Promise.try(callOutside, onError, error).catch((problem) => report(lineOf(problem)));
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

function check(options: object, known: object = RULES): void {
  checkOptions(options, known);
  for (const [option, value] of Object.entries(options)) {
    const rule = RULES[option as keyof typeof RULES];
    if (rule.within !== undefined && isOptions(value)) checkOptions(value, rule.within, option);
    if (value === undefined || rule.accepts(value)) continue;
    const shown = SECRET.has(option)
      ? `of type ${typeof value}`
      : Deno.inspect(value, { depth: 1 });
    throw new TypeError(`The option ${option} is ${shown}: expected ${rule.expected}`);
  }
}

/** Also for a class with static methods. */
function hasMethods(value: unknown, ...names: string[]): boolean {
  return ["object", "function"].includes(typeof value) && value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

function isNodes(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 &&
    value.every((node) =>
      isOptions(node) && Object.keys(node).every((option) => Object.hasOwn(NODE, option)) &&
      typeof node.hostname === "string" && (node.port === undefined || isPort.accepts(node.port))
    );
}
