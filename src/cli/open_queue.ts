import { waitFor } from "../connection/time_limit.ts";
import { RedisUnavailableError } from "../errors.ts";
import { QueueEngine } from "../engine/engine.ts";
import { LONGEST_LEASE, resolveOptions, type SafeRedisQueueOptions } from "../options.ts";
import { SafeRedisQueue } from "../safe_redis_queue.ts";
import { bytes } from "../serializers.ts";
import type { GivenOptions, Option } from "./command.ts";
import { environmentVariable } from "./environment_variable.ts";
import { CommandError } from "./errors.ts";
import { secondsOf } from "./given_options.ts";

/** The options that say which queue. */
export const QUEUE_OPTIONS = {
  name: { value: "NAME", help: "name of the queue; default: test" },
  url: {
    value: "URL",
    help: "address of Redis: redis://user:password@host:6379/0, rediss://... or " +
      "unix:///path/to.sock; default: the environment variable REDIS_URL, if Deno may read it, or " +
      "else redis://127.0.0.1:6379",
  },
} satisfies Record<string, Option>;

/** The option of commands that take items. */
export const LEASE_OPTION = {
  lease: {
    value: "S",
    help: "deliver the items again S seconds after this program has crashed; default: 60",
  },
} satisfies Record<string, Option>;

/** The lease that the user gave, in seconds; `undefined` if none was given. */
export function leaseOf(given: GivenOptions): number | undefined {
  return secondsOf(given, "lease", LONGEST_LEASE);
}

/** The name of the queue: the one that the user gave, or the default. */
export function nameOf(given: GivenOptions): string {
  return given.values.get("name") ?? "test";
}

/** A connected queue at the address that the user gave. */
export async function openQueue<T>(
  given: GivenOptions,
  options: SafeRedisQueueOptions<T>,
  stop: AbortSignal,
): Promise<SafeRedisQueue<T>> {
  const all = { url: await urlOf(given), name: nameOf(given), ...options };
  const queue = ofGiven(() => new SafeRedisQueue<T>(all as SafeRedisQueueOptions<T>));
  await connected(queue.connect(), stop);
  return queue;
}

/** The engine of a queue, connected: for what has no method of the queue. It does nothing by itself. */
export async function openEngine(given: GivenOptions, stop: AbortSignal): Promise<QueueEngine> {
  const options = { url: await urlOf(given), name: nameOf(given), autocleanInterval: null };
  const engine = ofGiven(() => new QueueEngine(resolveOptions({ ...options, serializer: bytes })));
  await connected(engine.connect(), stop);
  return engine;
}

/** Awaits the first connection. If there is none, the error says what the user can do. */
export async function connected(connecting: Promise<unknown>, stop: AbortSignal): Promise<void> {
  try {
    await waitFor(connecting, { signal: stop });
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    if (isRefusalOfDeno(error.cause)) throw new CommandError(error.cause.message);
    throw new CommandError(
      `${error.message}; start Redis there, or give its address with --url redis://HOST:PORT or in REDIS_URL`,
    );
  }
}

/** The address that the user gave, on the command line or in the environment. */
export async function urlOf(given: GivenOptions): Promise<string | undefined> {
  return given.values.get("url") ?? await environmentVariable("REDIS_URL");
}

/** Whether Deno did not permit to connect. Its own message says what to do. */
function isRefusalOfDeno(cause: unknown): cause is Error {
  return cause instanceof Error && cause.name === Deno.errors.NotCapable.name;
}

/** What `make` makes of options that the user gave; a wrong one is told as wrong usage. */
export function ofGiven<R>(make: () => R): R {
  try {
    return make();
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(error.message, 2) : error;
  }
}
