import { parseArgs } from "@std/cli/parse-args";
import { quoteWithoutPassword } from "../redis_url.ts";
import { UsageError } from "./errors.ts";

/** The names of a command's options, beside `--help`. */
export interface OptionNames {
  /** Those without a value. */
  flags: string[];
  /** Those with a value. */
  values: string[];
}

/** The options that were given. */
export interface GivenOptions {
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, string>;
}

/** Reads `args`; throws a {@linkcode UsageError} at what is not in `names`, and where a value is missing. */
export function readOptions(args: string[], names: OptionNames): GivenOptions {
  const flags = ["help", ...names.flags];
  const parsed: Record<string, unknown> = parseArgs(args, {
    boolean: flags,
    string: names.values,
    alias: { help: "h" },
    unknown: (arg, option) => {
      // Of an option only the name: its value may be a secret.
      throw new UsageError(
        option === undefined
          ? `Unexpected argument ${quoteWithoutPassword(arg)}`
          : `Unknown option ${arg.replace(/=.*/s, "")}`,
      );
    },
  });
  const [rest] = parsed._ as unknown[];
  if (rest !== undefined) {
    throw new UsageError(`Unexpected argument ${quoteWithoutPassword(String(rest))}`);
  }
  const values = new Map<string, string>();
  for (const name of names.values) {
    const value = parsed[name];
    if (value === "") throw new UsageError(`The option --${name} needs a value`);
    if (typeof value === "string") values.set(name, value);
  }
  return { flags: new Set(flags.filter((name) => parsed[name])), values };
}

/** The value of an option that counts something; `undefined` where it is not given. */
export function countOf(given: GivenOptions, name: string): number | undefined {
  const value = given.values.get(name);
  if (value === undefined) return undefined;
  const count = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`The option --${name} is "${value}": expected a whole number above 0`);
}

/** The value of an option in seconds; `undefined` where it is not given. */
export function secondsOf(given: GivenOptions, name: string): number | undefined {
  const value = given.values.get(name);
  if (value === undefined) return undefined;
  if (/^(\d+\.?\d*|\.\d+)$/.test(value)) return Number(value);
  throw new UsageError(`The option --${name} is "${value}": expected seconds, such as 5 or 0.5`);
}
