// Does the jobs of producer.ts, ten at once, until Ctrl-C. Start as many as you like, on as many machines.
//
//   deno run --allow-net --allow-env=REDIS_URL examples/worker.ts
import {
  exponentialBackoff,
  json,
  SafeRedisQueue,
} from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

interface Thumbnail {
  image: string;
  width: number;
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort());
}

await using queue = new SafeRedisQueue<Thumbnail>({
  url: Deno.env.get("REDIS_URL"),
  name: "thumbnails",
  serializer: json,
  maxAttempts: 5, // then it is a dead letter: see mails.ts
});

await queue.consume(async ({ payload, attempt }) => {
  await shrink(payload);
  console.log(`${payload.image}: done at attempt ${attempt}`);
}, { concurrency: 10, backoff: exponentialBackoff(), signal: stop.signal });

console.log("What was under way is finished, or given back.");

/** Stands for the real work. To throw is to fail: the item is tried again. */
async function shrink(_thumbnail: Thumbnail): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
