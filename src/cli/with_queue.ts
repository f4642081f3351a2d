import { waitFor } from "../connection/time_limit.ts";
import type { SafeRedisQueue } from "../safe_redis_queue.ts";
import { bytes } from "../serializers.ts";
import type { GivenOptions } from "./command.ts";
import { openQueue } from "./open_queue.ts";
import { reportIfUnknown } from "./queue_texts.ts";

/** Runs `action` on a connected queue that does nothing else: it cleans no leases. Says so if there is no such queue. */
export async function withQueue(
  given: GivenOptions,
  stop: AbortSignal,
  action: (queue: SafeRedisQueue<Uint8Array>) => Promise<void>,
): Promise<void> {
  await using queue = await openQueue(given, { serializer: bytes, autocleanInterval: null }, stop);
  const run = async () => {
    reportIfUnknown(given, await queue.stats());
    await action(queue);
  };
  await waitFor(run(), { signal: stop });
}
