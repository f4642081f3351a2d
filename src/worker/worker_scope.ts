import { AsyncLocalStorage } from "node:async_hooks";

/** A worker at work. */
interface Scope {
  queue: object;
  hasEnded: boolean;
  /** That in one of whose handlers it was started. */
  outer: Scope | undefined;
}

/** Entered once for each worker, not for each item: that would take as long as a part of its ack. */
const scopes = new AsyncLocalStorage<Scope | undefined>();

/** Does the work of a worker. What its handlers call, at once or later, is called {@linkcode isWithinWorker} of `queue`. */
export async function runWorker<R>(queue: object, work: () => Promise<R>): Promise<R> {
  const scope: Scope = { queue, hasEnded: false, outer: scopes.getStore() };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.hasEnded = true;
  }
}

/** Whether a handler of a worker of `queue`, which has not ended yet, is the caller, or waits for it. */
export function isWithinWorker(queue: object): boolean {
  for (let scope = scopes.getStore(); scope !== undefined; scope = scope.outer) {
    if (scope.queue === queue && !scope.hasEnded) return true;
  }
  return false;
}

/** Calls a function of the user's that is no handler: no worker waits for it. */
export function callOutside<Args extends unknown[], R>(
  call: (...args: Args) => R,
  ...args: Args
): R {
  return scopes.run(undefined, call, ...args);
}
