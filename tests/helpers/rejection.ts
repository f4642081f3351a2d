import assert from "node:assert/strict";

/** Stands in every password and payload of the tests of faults: it must never stand in an error. */
export const SECRET = "s3cret-m4rker";

/** The error with which `promise` rejects; it must not tell a secret. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    (value) => assert.fail(`Resolved to ${Deno.inspect(value)}, expected a rejection`),
    (error: unknown) => error,
  );
  assertTellsNoSecret(error);
  assert(error instanceof Error);
  return error;
}

/** The error with which `promise` rejects, which must be a `type`. */
export async function rejectionOf<E extends Error>(
  // deno-lint-ignore no-explicit-any -- what a constructor takes does not matter
  type: new (...args: any[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  const error = await rejection(promise);
  assert(error instanceof type, Deno.inspect(error));
  return error;
}

/**
 * The errors with which calls that are under way reject, in their order. They are awaited together: one that rejects
 * before its turn would be nobody's, and end the whole file.
 */
export function rejectionsOf<E extends Error>(
  // deno-lint-ignore no-explicit-any -- what a constructor takes does not matter
  type: new (...args: any[]) => E,
  calls: Promise<unknown>[],
): Promise<E[]> {
  return Promise.all(calls.map((call) => rejectionOf(type, call)));
}

/** Collects the errors that `onError` gets; none may tell a secret. */
export class ErrorLog {
  readonly errors: unknown[] = [];
  readonly onError = (error: unknown): void => {
    this.errors.push(error);
    assertTellsNoSecret(error);
  };

  /** All of them as text. */
  get text(): string {
    return this.errors.map(String).join("\n");
  }
}

/** Looks wherever a log might: the texts, the causes, what is hidden, and what JSON makes of it. */
export function assertTellsNoSecret(error: unknown, secret: string = SECRET): void {
  const all = { depth: 20, strAbbreviateSize: 1e6, iterableLimit: 1e6 };
  const told = [
    Deno.inspect(error, all),
    Deno.inspect(error, { ...all, showHidden: true, getters: true }),
    JSON.stringify(error),
    ...textsOf(error),
  ].join("\n").toLowerCase();
  for (const form of formsOf(secret)) {
    assert(!told.includes(form.toLowerCase()), `An error tells a secret, as ${form}`);
  }
}

/** The secret as a server or a client may write it. */
function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [secret, bytes.toBase64().replace(/=+$/, ""), bytes.toHex(), bytes.join(",")];
}

/** The texts of an error and of its causes. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const more = error instanceof AggregateError ? error.errors : [];
  const own = [error.name, error.message, error.stack ?? "", String(error)];
  return [...own, ...[error.cause, ...more].flatMap((cause) => cause ? textsOf(cause) : [])];
}
