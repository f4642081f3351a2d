import type { BenchQueue } from "./bench_queue.ts";
import { check } from "./consume_all.ts";
import { Ledger } from "./ledger.ts";
import { type Bench, itemCount } from "./measure.ts";
import type { Reading } from "./reading.ts";
import { timeItems } from "./stopwatch.ts";

/** Times how `putAll` puts many items, after it has put some to warm up; checks that each item can be consumed once. */
export async function timePuts(
  bench: Bench,
  figure: string,
  putAll: (queue: BenchQueue, payloads: string[]) => Promise<unknown>,
): Promise<Reading[]> {
  const { open, server } = bench;
  await using queue = await open();
  const items = itemCount(bench);
  const warmUp = Math.round(items / 5);
  const ledger = new Ledger(warmUp + items);
  const payloads = ledger.payloads();
  const timed = payloads.slice(warmUp);

  await putAll(queue, payloads.slice(0, warmUp));
  const reading = await timeItems(server, { figure, items, work: () => putAll(queue, timed) });
  await check(queue, ledger);
  return [reading];
}
