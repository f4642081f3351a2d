import { parseArgs } from "@std/cli/parse-args";
import { quoteWithoutPassword } from "../connection/redis_url.ts";
import type { Command, GivenOptions, Operands } from "./command.ts";
import { UsageError } from "./errors.ts";

/** Reads `args`; throws a {@linkcode UsageError} at what the command does not have, and where a value is missing. */
export function readOptions(
  args: string[],
  { options, operands }: Pick<Command, "options" | "operands">,
): GivenOptions {
  const names = Object.keys(options);
  const withValue = names.filter((name) => options[name]?.value !== undefined);
  const repeating = names.filter((name) => options[name]?.repeats);
  const flags = ["help", ...names.filter((name) => !withValue.includes(name))];
  // What follows "--" is not parsed: it may be the command line of another program.
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const parsed: Record<string, unknown> = parseArgs(args.slice(0, end), {
    boolean: flags,
    string: [...withValue, "_"],
    collect: repeating,
    alias: { help: "h" },
    unknown: (arg, option) => {
      // Shows only the option's name, since its value may be a secret.
      if (option !== undefined) throw new UsageError(`Unknown option ${arg.replace(/=.*/s, "")}`);
    },
  });
  const words = parsed._ as string[];
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  for (const name of withValue) {
    const given = [parsed[name] ?? []].flat() as string[];
    if (given.includes("")) throw new UsageError(`The option --${name} needs a value`);
    if (given.length > 0) values.set(name, given.at(-1)!);
    if (repeating.includes(name)) lists.set(name, given);
  }
  return {
    flags: new Set(flags.filter((name) => parsed[name])),
    values,
    lists,
    operands: checkOperands(words, args.slice(end + 1), operands),
  };
}

function checkOperands(before: string[], after: string[], allowed?: Operands): string[] {
  const { max = 0, choices, commandLine = false } = allowed ?? {};
  const words = [...before, ...after];
  const unexpected = commandLine ? before[0] : words[max];
  if (unexpected !== undefined) {
    throw new UsageError(`Unexpected argument ${quoteWithoutPassword(unexpected)}`);
  }
  const [first] = words;
  if (choices !== undefined && first !== undefined && !choices.includes(first)) {
    const expected = choices.join(", ");
    throw new UsageError(
      `Unexpected argument ${quoteWithoutPassword(first)}: expected one of ${expected}`,
    );
  }
  return words;
}

/** The same options, where the one that was given by its `old` name has its new one. */
export function renamed(given: GivenOptions, old: string, name: string): GivenOptions {
  const value = given.values.get(old);
  if (value === undefined) return given;
  secondsOf(given, old); // so that an error names what was given
  if (given.values.has(name)) {
    throw new UsageError(`Both --${old} and --${name} are given: choose one`);
  }
  return { ...given, values: new Map(given.values).set(name, value) };
}

/** The value of an option that counts something; `undefined` if it is not given. */
export function countOf(given: GivenOptions, name: string): number | undefined {
  const value = given.values.get(name);
  if (value === undefined) return undefined;
  const count = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`The option --${name} is "${value}": expected a whole number above 0`);
}

/** The value of an option in seconds; `undefined` if it is not given. Throws if it is above `max`. */
export function secondsOf(
  given: GivenOptions,
  name: string,
  max = Infinity,
): number | undefined {
  const value = given.values.get(name);
  if (value === undefined) return undefined;
  const isNumber = /^(\d+\.?\d*|\.\d+)$/.test(value);
  if (isNumber && Number(value) <= max) return Number(value);
  const limit = isNumber ? `${max} seconds at most` : "seconds, such as 5 or 0.5";
  throw new UsageError(`The option --${name} is "${value}": expected ${limit}`);
}
