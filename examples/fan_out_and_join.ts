// Splits a job into parts, lets workers do them in any order, and joins the results.
//
//   deno run --allow-net --allow-env=REDIS_URL examples/fan_out_and_join.ts
import { json, SafeRedisQueue } from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

interface Part {
  job: string;
  part: number;
  from: number;
  to: number;
}

interface Result {
  part: number;
  primes: number;
}

const url = Deno.env.get("REDIS_URL");
const job = crypto.randomUUID();

await using parts = new SafeRedisQueue<Part>({ url, name: "primes:parts", serializer: json });
// Each job has its own queue for results, so that jobs do not mix. It leaves nothing in Redis.
await using results = new SafeRedisQueue<Result>({ url, name: `primes:${job}`, serializer: json });

// Fan out.
const PARTS = 20, SIZE = 5_000;
await parts.putMany(Array.from({ length: PARTS }, (_, part) => {
  return { job, part, from: part * SIZE, to: (part + 1) * SIZE };
}));

// Work. Usually, this is another program.
const stop = new AbortController();
const working = parts.consume(async ({ payload: { job, part, from, to } }) => {
  await using results = new SafeRedisQueue<Result>({
    url,
    name: `primes:${job}`,
    serializer: json,
  });
  // The part names the uid: if a part is done twice, its result is not queued again while the first one waits.
  await results.put({ part, primes: countPrimes(from, to) }, { uid: `part-${part}` });
}, { concurrency: 4, signal: stop.signal });

// Join. The map is by part, since a part that was done twice may have two results.
const primesOf = new Map<number, number>();
for await (const result of results) {
  primesOf.set(result.payload.part, result.payload.primes);
  await result.ack();
  if (primesOf.size === PARTS) break;
}
stop.abort();
await working;
await results.clear();

const sum = [...primesOf.values()].reduce((sum, primes) => sum + primes, 0);
console.log(`${sum} primes below ${PARTS * SIZE}, counted in ${primesOf.size} parts`);

function countPrimes(from: number, to: number): number {
  let count = 0;
  for (let n = Math.max(from, 2); n < to; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) count++;
  }
  return count;
}
