import { waitFor } from "../connection/time_limit.ts";
import { bytes } from "../serializers.ts";
import type { GivenOptions } from "./command.ts";
import { tellDrained, tellFailed } from "./drained.ts";
import { execOptionsOf } from "./exec_options.ts";
import { countOf } from "./given_options.ts";
import type { CommandLine } from "./io/run_program.ts";
import { ItemRunner } from "./item_runner.ts";
import { leaseOf, openQueue } from "./open_queue.ts";
import type { StopSignals } from "./stop_signals.ts";

/** Runs `command` for each item of the queue, until `signals` stop it or the options say so. */
export async function runForEachItem(
  given: GivenOptions,
  command: CommandLine,
  signals: StopSignals,
): Promise<void> {
  const { stop, now } = signals;
  const options = execOptionsOf(given);
  const maxItems = countOf(given, "count");
  const { concurrency, maxAttempts, backoff, onDead } = options;
  // No call times out: a worker survives any outage of Redis.
  const settings = {
    ...{ serializer: bytes, lease: leaseOf(given), maxAttempts, onDead },
    commandTimeout: null,
  };
  const queue = await openQueue(given, settings, stop);

  const runner = new ItemRunner(command, options, signals);
  const signal = AbortSignal.any([stop, runner.hopeless]);
  const work = { concurrency, maxItems, backoff, signal, shutdownTimeout: Infinity };
  const result = options.drain
    ? await queue.drain(runner.handle, work)
    : await queue.consume(runner.handle, work);
  // Who was stopped does not wait for Redis.
  const stats = result === undefined
    ? undefined
    : await waitFor(queue.stats(), { signal }).catch((error) => {
      if (signal.aborted) return undefined;
      throw error;
    });
  await queue.close();

  now.throwIfAborted();
  runner.throwIfHopeless();
  if (result !== undefined) tellDrained(given, result, stats);
  else if (!signal.aborted) tellFailed(runner);
}
