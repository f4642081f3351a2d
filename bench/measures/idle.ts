import { Ledger } from "../ledger.ts";
import { sleep } from "../loops.ts";
import type { Measure } from "../measure.ts";
import { PRODUCERS } from "../queues/mod.ts";
import { readLatencies } from "../stopwatch.ts";

/** The pause between two puts, after which the consumer is idle again. */
const SLEEP_MS = 3;

export const idle: Measure = {
  summary: "the time from a put to the call of the handler that waits for it",
  queues: PRODUCERS,
  async run({ open, quick }) {
    await using queue = await open();
    const count = quick ? 300 : 1_500;
    const warmUp = 200;
    const ledger = new Ledger(warmUp + count);
    const durations: number[] = [];
    let handled = Promise.withResolvers<void>();
    let startedAt = 0;
    const stop = await queue.consume((payload) => {
      durations.push(performance.now() - startedAt);
      ledger.note(payload);
      handled.resolve();
      return Promise.resolve();
    }, 1);
    for (const payload of ledger.payloads()) {
      await sleep(SLEEP_MS);
      handled = Promise.withResolvers();
      startedAt = performance.now();
      await Promise.all([queue.put(payload), handled.promise]);
    }
    await ledger.all();
    await stop();
    ledger.check();
    return readLatencies("idle, put to handler", durations.slice(warmUp));
  },
};
