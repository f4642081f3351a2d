import { SafeRedisQueue } from "../../mod.ts";
import { payloadOf } from "../ledger.ts";
import { forEachOf } from "../loops.ts";
import type { Bench, Measure } from "../measure.ts";
import type { Reading } from "../reading.ts";
import { timeItems } from "../stopwatch.ts";

/** The highest number of calls under way. */
const UNAWAITED = 1_000;

export const growth: Measure = {
  summary: "put, get and ack while few or many other items are waiting and in flight",
  queues: ["saferedisqueue"],
  async run(bench) {
    const few = { waiting: 1_000, inFlight: 10 };
    const many = bench.quick
      ? { waiting: 100_000, inFlight: 10_000 }
      : { waiting: 5_000_000, inFlight: 100_000 };
    await using queue = new SafeRedisQueue({ port: bench.address.port, name: "growth" });
    await calls(queue, bench, "warm-up");
    return [
      ...await beside(queue, bench, few),
      ...await beside(queue, bench, many),
    ];
  },
};

interface Others {
  waiting: number;
  inFlight: number;
}

async function beside(
  queue: SafeRedisQueue,
  bench: Bench,
  { waiting, inFlight }: Others,
): Promise<Reading[]> {
  await grow(queue, inFlight + waiting - await queue.size() - await queue.inFlight());
  await take(queue, inFlight - await queue.inFlight());
  const short = new Intl.NumberFormat("en", { notation: "compact" });
  return await calls(
    queue,
    bench,
    `${short.format(waiting)} waiting, ${short.format(inFlight)} in flight`,
  );
}

async function grow(queue: SafeRedisQueue, by: number): Promise<void> {
  const size = 10_000;
  await forEachOf(Math.ceil(by / size), 2, (i) => {
    const length = Math.min(size, by - i * size);
    return queue.putMany(Array.from({ length }, (_, j) => payloadOf(i * size + j)));
  });
}

async function take(queue: SafeRedisQueue, count: number): Promise<void> {
  while (count > 0) count -= (await queue.getMany(count, -1)).length;
}

/** Times put, get and ack, one item per call. Leaves as many items as there were. */
async function calls(queue: SafeRedisQueue, bench: Bench, beside: string): Promise<Reading[]> {
  const items = bench.quick ? 20_000 : 100_000;
  const uids: string[] = [];
  const time = (call: string, work: (i: number) => Promise<unknown>) =>
    timeItems(bench.server, {
      figure: `${call}, ${beside}`,
      items,
      work: () => forEachOf(items, UNAWAITED, work),
    });
  return [
    await time("put", (i) => queue.put(payloadOf(i))),
    await time("get", async () => {
      const [uid] = await queue.get(-1);
      uids.push(uid!);
    }),
    await time("ack", (i) => queue.ack(uids[i]!)),
  ];
}
