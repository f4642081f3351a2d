import type { GivenOptions } from "./command.ts";
import { UsageError } from "./errors.ts";
import { asJson, asRaw } from "./io/item_lines.ts";

/** How --json or --raw print an item exactly; `undefined` if neither is given. */
export function exactLineOf({ flags }: GivenOptions): typeof asJson | typeof asRaw | undefined {
  if (flags.has("json") && flags.has("raw")) {
    throw new UsageError("Both --json and --raw are given: choose one");
  }
  return flags.has("json") ? asJson : flags.has("raw") ? asRaw : undefined;
}
