// Takes items, fails a few of them and acks the others, until SIGTERM: soak_consumer.ts PORT LEDGER
import { RedisUnavailableError, SafeRedisQueue } from "../../mod.ts";
import { Ledger } from "../soak/ledger.ts";
import { isPayload, LEASE, NAME, WORKERS } from "../soak/work.ts";

const [port, path] = Deno.args as [string, string];
const ledger = new Ledger(path);
const stop = new AbortController();
const { signal } = stop;
Deno.addSignalListener("SIGTERM", () => stop.abort());

await using queue = new SafeRedisQueue({
  hostname: "127.0.0.1",
  port: Number(port),
  name: NAME,
  autocleanInterval: LEASE,
  commandTimeout: 5,
  onError: () => {}, // the faults make them
});

async function work(get: () => Promise<[uid: string | null, item: string | null][]>) {
  while (!signal.aborted) {
    try {
      for (const [uid, item] of await get()) {
        if (uid === null) continue;
        if (!isPayload(item)) throw new Error(`The item ${uid} is not as it was put`);
        ledger.note("got", uid);
        if (Math.random() < 0.002) await fail(uid);
        else await ack(uid);
      }
    } catch (error) {
      if (error !== signal.reason && !(error instanceof RedisUnavailableError)) throw error;
    }
  }
}

/** Once: where the answer is missing the end of the lease does the same. */
async function fail(uid: string): Promise<void> {
  ledger.note("failing", uid);
  await queue.fail(uid);
}

/** Until it is answered. */
async function ack(uid: string): Promise<void> {
  ledger.note("acking", uid);
  for (;;) {
    try {
      return ledger.note(await queue.ack(uid) ? "acked" : "gone", uid);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
    }
  }
}

// Those who wait as long as it takes, for a while, and who take many at once.
await Promise.all(Array.from({ length: WORKERS }, (_, i) => {
  if (i % 3 === 0) return work(async () => [await queue.get({ signal })]);
  if (i % 3 === 1) return work(async () => [await queue.get({ signal, timeout: 0.1 })]);
  return work(() => queue.getMany(5, { signal }));
}));
