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

function assertTellsNoSecret(error: unknown): void {
  const told = Deno.inspect(error, { depth: 20, strAbbreviateSize: 1e6, iterableLimit: 1e6 });
  assert(!told.includes(SECRET), "An error tells a secret");
}
