const TRIES = 3;

/**
 * Starts several servers that make a whole, again if that fails: a port that was free may be another program's by the time
 * that a server wants it, and on a busy machine the servers may take each other for dead while they start.
 */
export async function severalTries<T>(start: () => Promise<T>): Promise<T> {
  const failures: unknown[] = [];
  while (failures.length < TRIES) {
    try {
      return await start();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `The servers did not start in ${TRIES} tries: ${failures}`);
}
