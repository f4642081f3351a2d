import { within } from "../deadline.ts";
import { RedisUnavailableError } from "../errors.ts";
import type { SafeRedisQueueOptions } from "../options.ts";
import { SafeRedisQueue } from "../safe_redis_queue.ts";
import { CommandError, messageOf } from "./errors.ts";
import type { GivenOptions } from "./given_options.ts";

/** A connected queue at the address that the user gave. */
export async function openQueue<T>(
  given: GivenOptions,
  options: SafeRedisQueueOptions<T>,
  stop: AbortSignal,
): Promise<SafeRedisQueue<T>> {
  const queue = newQueue({
    url: await urlOf(given),
    name: given.values.get("name") ?? "test",
    onError: (error) => console.error(messageOf(error)),
    ...options,
  });
  try {
    await within(queue.connect(), { signal: stop });
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    if (error.cause instanceof Deno.errors.NotCapable) throw error.cause;
    throw new CommandError(
      `${error.message}; start Redis there, or give its address with --url redis://HOST:PORT or in REDIS_URL`,
    );
  }
  return queue;
}

/** The address that the user gave, on the command line or in the environment. */
export async function urlOf(given: GivenOptions): Promise<string | undefined> {
  return given.values.get("url") ?? await urlOfEnvironment();
}

async function urlOfEnvironment(): Promise<string | undefined> {
  const variable = "REDIS_URL";
  // Where it is not permitted to look, Deno would ask the user: a bother where it is not used.
  const { state } = await Deno.permissions.query({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) || undefined : undefined;
}

function newQueue<T>(options: SafeRedisQueueOptions<T>): SafeRedisQueue<T> {
  try {
    return new SafeRedisQueue(options);
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(error.message, 2) : error;
  }
}
