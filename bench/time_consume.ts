import { check, consumeAll } from "./consume_all.ts";
import { formatNumber } from "./format_number.ts";
import { Ledger } from "./ledger.ts";
import { type Bench, fill, itemCount } from "./measure.ts";
import type { Reading } from "./reading.ts";
import { timeItems } from "./stopwatch.ts";

/** Times how items are handled and acked, after some to warm up. A ledger of the given kind checks them. */
export async function timeConsume(
  bench: Bench,
  figure: string,
  Kind: new (count: number) => Ledger = Ledger,
): Promise<Reading[]> {
  const { open, server, atOnce } = bench;
  await using queue = await open();
  const items = itemCount(bench);
  const warmUp = new Kind(Math.round(items / 5));
  await fill(queue, warmUp.payloads());
  await check(queue, warmUp, atOnce);

  const ledger = new Kind(items);
  await fill(queue, ledger.payloads());
  const timed = (work: () => Promise<void>) =>
    timeItems(server, { figure: `${figure}, ${formatNumber(atOnce)} at once`, items, work });
  return [await consumeAll(queue, ledger, timed, atOnce)];
}
