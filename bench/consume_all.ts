import type { BenchQueue } from "./bench_queue.ts";
import type { Ledger } from "./ledger.ts";

/** How many handlers run at once, where no other number is asked for. */
export const CONCURRENCY = 100;

/**
 * Consumes the items of `ledger` with a handler that only notes them. Checks that each was handled once, and that nothing
 * is left. `timed` measures the work without the last acks, of which there are at most `concurrency`.
 */
export async function consumeAll<R>(
  queue: BenchQueue,
  ledger: Ledger,
  timed: (work: () => Promise<void>) => Promise<R>,
  concurrency: number,
): Promise<R> {
  let stop = () => Promise.resolve();
  const result = await timed(async () => {
    stop = await queue.consume((payload) => Promise.resolve(ledger.note(payload)), concurrency);
    await ledger.all();
  });
  await stop();
  ledger.check();
  const left = await queue.left();
  if (left !== 0) throw new Error(`${left} items are left`);
  return result;
}

/** The same, for the checks only. */
export function check(
  queue: BenchQueue,
  ledger: Ledger,
  concurrency = CONCURRENCY,
): Promise<void> {
  return consumeAll(queue, ledger, (work) => work(), concurrency);
}
