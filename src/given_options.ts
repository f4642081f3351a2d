/**
 * Checks that `options` are an object, and that it has no option but `known`: one that is misspelt must not be taken in
 * silence. Throws a `TypeError` that names it.
 *
 * @param of The option whose value they are, if they are not the options of a call.
 */
export function checkOptions(options: unknown, known: object, of?: string): void {
  if (!isOptions(options)) {
    // Not shown: they may well be a URL with a password.
    throw new TypeError(`The options are of type ${typeOf(options)}: expected an object`);
  }
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(known, option)) continue;
    const name = of === undefined ? option : `${of}.${option}`;
    throw new TypeError(`Unknown option ${name}: expected one of ${Object.keys(known).join(", ")}`);
  }
}

/** Checks the option `signal` of a call. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(`The option signal is ${Deno.inspect(signal)}: expected an AbortSignal`);
}

/** Whether `value` is an object that holds options: a `Date`, an `AbortSignal` or an array is the value of one. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === "Object";
}

/** What kind of value it is, for error texts that must not show it. */
export function typeOf(value: unknown): string {
  if (typeof value !== "object") return typeof value;
  return value === null ? "null" : Object.prototype.toString.call(value).slice(8, -1);
}
