/** One of several processes that share the work: consumes until the queue is empty. */
import { SafeRedisQueue } from "../mod.ts";
import { CONCURRENCY } from "./consume_all.ts";
import { Ledger } from "./ledger.ts";
import { sleep } from "./loops.ts";
import type { Share } from "./measures/processes.ts";

const WARM_UP = 10_000;

const { name, port, startAt } = JSON.parse(Deno.args[0]!);

await using own = new SafeRedisQueue({ port, name: `${name}:${Deno.pid}` });
await own.putMany(new Ledger(WARM_UP).payloads());
await own.drain(() => Promise.resolve(), { concurrency: CONCURRENCY });

await using queue = new SafeRedisQueue({ port, name });
await queue.connect();
await sleep(startAt - Date.now());
const share: Share = { handled: 0, endedAt: 0 };
await queue.drain(() => {
  share.handled++;
  share.endedAt = Date.now();
  return Promise.resolve();
}, { concurrency: CONCURRENCY });
console.log(JSON.stringify(share));
