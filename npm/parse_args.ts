/** `@std/cli/parse-args`, as far as this project uses it, over `minimist`: for networks that reach only an npm registry. */
// @ts-types="@types/minimist"
import minimist from "minimist";

export interface ParseOptions<
  TBoolean extends string,
  TString extends string,
  TCollect extends TString,
  TDefault extends Record<string, unknown>,
> {
  /** Flags; `false` where they are not given. */
  boolean?: TBoolean | readonly TBoolean[];
  /** Options with a value. Where one is given twice the last value counts. */
  string?: TString | readonly TString[];
  /** Those of `string` of which every value counts. */
  collect?: TCollect | readonly TCollect[];
  /** Names that may be given as `--no-NAME`. */
  negatable?: string | readonly string[];
  alias?: Readonly<Record<string, string | readonly string[]>>;
  default?: TDefault;
  /** Everything after the first argument that is no option goes to `_`. */
  stopEarly?: boolean;
  /** What follows a "--" goes to `"--"` in place of `_`. */
  "--"?: boolean;
  /** Called with what no other option declares, and without `key` for what is no option; `false` leaves it out. */
  unknown?: (arg: string, key?: string) => unknown;
}

export type Args<
  TBoolean extends string,
  TString extends string,
  TCollect extends TString,
  TDefault extends Record<string, unknown>,
> =
  & { [name: string]: unknown; _: (string | number)[]; "--"?: string[] }
  & { [Name in TBoolean]: boolean | Given<TDefault, Name> }
  & { [Name in Exclude<TString, TCollect | keyof TDefault | "_">]?: string }
  & {
    [Name in Exclude<TString & keyof TDefault, TCollect>]:
      | string
      | TDefault[Name];
  }
  & { [Name in TCollect]: string[] | Given<TDefault, Name> };

type Given<TDefault, Name> = Name extends keyof TDefault ? TDefault[Name]
  : never;

export function parseArgs<
  TBoolean extends string = never,
  TString extends string = never,
  TCollect extends TString = never,
  TDefault extends Record<string, unknown> = Record<never, never>,
>(
  args: readonly string[],
  options: ParseOptions<TBoolean, TString, TCollect, TDefault> = {},
): Args<TBoolean, TString, TCollect, TDefault> {
  const {
    alias = {},
    stopEarly = false,
    "--": doubleDash = false,
    unknown = () => true,
  } = options;
  const collect = new Set<string>(list(options.collect));
  const negatable = new Set(list(options.negatable));
  const hideUnlessNegatable = (arg: string) => negatable.has(arg.slice(5)) ? arg : hide(arg);

  const parsed: Record<string, unknown> = minimist(
    args.map(hideUnlessNegatable),
    {
      boolean: list(options.boolean).map((name) => hide(`--${name}`).slice(2)),
      string: list(options.string),
      alias: Object.fromEntries(
        Object.entries(alias).map(([name, also]) => [name, list(also)]),
      ),
      default: options.default,
      stopEarly,
      "--": doubleDash,
      unknown: (arg) => unknown(show(arg), nameIn(show(arg))) !== false,
    },
  );

  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parsed)) {
    result[show(name)] = !Array.isArray(value) || collect.has(name)
      ? value
      : name === "_" || name === "--"
      ? value.map((arg) => typeof arg === "string" ? show(arg) : arg)
      : value.at(-1);
  }
  for (const name of collect) result[name] = [result[name] ?? []].flat();
  return result as Args<TBoolean, TString, TCollect, TDefault>;
}

/** minimist takes every `--no-NAME` for the negation of NAME: the mark keeps it from seeing those that are none. */
const MARK = "\0";

function hide(arg: string): string {
  return arg.replace(/^--no-/, `--${MARK}no-`);
}

function show(text: string): string {
  return text.replace(MARK, "");
}

function nameIn(arg: string): string | undefined {
  return /^--?([^-=][^=]*)/.exec(arg)?.[1];
}

function list<T extends string>(names: T | readonly T[] = []): T[] {
  return typeof names === "string" ? [names] : [...names];
}
