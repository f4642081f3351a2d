import { CommandError, UsageError } from "./errors.ts";
import { print } from "./io/stdout.ts";

/** The uids that are named, each once. */
export function uidsOf(operands: readonly string[]): string[] {
  if (operands.length === 0) throw new UsageError("The uids are missing: name them");
  return [...new Set(operands)];
}

/** Says what was done with items; throws if some of those that were named are missing. */
export async function tellChanged(
  count: number,
  named: number,
  { done, missing }: { done: string; missing: string },
): Promise<void> {
  await print(`${itemsText(count)} ${done}\n`);
  if (count < named) throw new CommandError(`${missing}: ${named - count} of the ${named} uids`);
}

/** A number of items in words. */
export function itemsText(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}
