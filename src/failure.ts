import { errorText } from "./error_text.ts";
import type { Failure } from "./lua/fail.ts";
import type { Held } from "./lua/leases.ts";
import type { FailOptions } from "./queue_item.ts";

/** What a script is told of a failed item; throws a `TypeError` where `options` are wrong. */
export function failureOf({ uid, lease }: Held, { delay = 0, error }: FailOptions): Failure {
  if (!Number.isFinite(delay) || delay < 0) {
    throw new TypeError(
      `Cannot fail an item with the delay ${Deno.inspect(delay)}: expected seconds, 0 or more`,
    );
  }
  return { uid, lease, delay, error: error === undefined ? undefined : errorText(error) };
}
