import { DELAY_EXPECTED, isDelay } from "../delay.ts";
import { errorText } from "../error_text.ts";
import { checkOptions } from "../given_options.ts";
import type { Failure } from "../lua/fail.ts";
import type { ItemLease } from "../lua/parts/leases.ts";
import type { FailOptions } from "../queue_item.ts";

const FAIL_OPTIONS = { delay: true, error: true } satisfies Record<keyof FailOptions, true>;

/** Throws a `TypeError` if one of the options that a user gives is none. */
export function checkFailOptions(options: FailOptions): void {
  checkOptions(options, FAIL_OPTIONS);
}

/** What a script is told of a failed item; throws a `TypeError` if `options` are wrong. */
export function failureOf({ uid, lease }: ItemLease, { delay = 0, error }: FailOptions): Failure {
  if (!isDelay(delay)) {
    throw new TypeError(
      `Cannot fail an item with the delay ${Deno.inspect(delay)}: expected ${DELAY_EXPECTED}`,
    );
  }
  return { uid, lease, delay, error: error === undefined ? undefined : errorText(error) };
}
