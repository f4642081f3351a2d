import { NAME } from "../bench_queue.ts";
import { Ledger } from "../ledger.ts";
import { fill, type Measure } from "../measure.ts";
import { runProgram } from "../run_program.ts";
import type { Reading } from "../reading.ts";

const COUNTS = [1, 2, 4, 8];

/** What one of the processes did. */
export interface Share {
  handled: number;
  /** Milliseconds since the epoch. */
  endedAt: number;
}

export const processes: Measure = {
  summary: "consumers in 1, 2, 4 and 8 processes, and how busy Redis is",
  queues: ["saferedisqueue"],
  async run({ address, open, server, quick }) {
    await using queue = await open();
    const items = quick ? 40_000 : 200_000;
    const payloads = new Ledger(items).payloads();
    const readings: Reading[] = [];
    for (const count of COUNTS) {
      await fill(queue, payloads);
      const cpu = await server.cpu();
      // They begin at the same time, when all have certainly started and warmed up.
      const startAt = Date.now() + 1_000 + 1_000 * count;
      const shares = await Promise.all(
        Array.from(
          { length: count },
          () => runProgram<Share>("consume_share", { name: NAME, port: address.port, startAt }),
        ),
      );
      const handled = shares.reduce((sum, share) => sum + share.handled, 0);
      if (handled !== items || await queue.left() !== 0) {
        throw new Error(`${handled} of ${items} items were handled`);
      }
      const ms = Math.max(...shares.map(({ endedAt }) => endedAt)) - startAt;
      const figure = `${count} ${count === 1 ? "process" : "processes"}`;
      readings.push(
        { figure: `handle and ack, ${figure}`, value: items / (ms / 1_000), unit: "items/s" },
        {
          figure: `Redis's CPU, ${figure}`,
          value: (await server.cpu() - cpu) / (ms / 1_000) * 100,
          unit: "%",
        },
      );
    }
    return readings;
  },
};
