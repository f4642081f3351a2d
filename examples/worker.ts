// Does the jobs of producer.ts, ten at a time, until Ctrl-C or SIGTERM. Start any number of workers, on any number of machines.
//
//   deno run --allow-net --allow-env=REDIS_URL examples/worker.ts
import {
  exponentialBackoff,
  json,
  SafeRedisQueue,
  stopSignal,
} from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

interface Thumbnail {
  image: string;
  width: number;
}

await using queue = new SafeRedisQueue<Thumbnail>({
  url: Deno.env.get("REDIS_URL"),
  name: "thumbnails",
  serializer: json,
  maxAttempts: 5, // after that the item is a dead letter: see mails.ts
});

await queue.consume(async ({ payload, attempt }) => {
  await shrink(payload);
  console.log(`${payload.image}: done at attempt ${attempt}`);
}, { concurrency: 10, backoff: exponentialBackoff(), signal: stopSignal() });

console.log("Stopped: all running jobs are finished or given back.");

/** Instead of real work. If it throws, the item has failed and is tried again. */
async function shrink(_thumbnail: Thumbnail): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
