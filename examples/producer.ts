// Puts some jobs into a queue; worker.ts does them.
//
//   deno run --allow-net --allow-env=REDIS_URL examples/producer.ts
import { json, SafeRedisQueue } from "jsr:@saferedisqueue/saferedisqueue@^0.1.0";

interface Thumbnail {
  image: string;
  width: number;
}

await using queue = new SafeRedisQueue<Thumbnail>({
  url: Deno.env.get("REDIS_URL"), // by default redis://127.0.0.1:6379
  name: "thumbnails",
  serializer: json,
});

const uid = await queue.put({ image: "cat.jpg", width: 320 });
console.log(`cat.jpg is in Redis, as ${uid}`);

// A hundred calls, about two round trips: the queue sends concurrent calls together.
const images = Array.from({ length: 100 }, (_, i) => `holiday-${i}.jpg`);
await Promise.all(images.map((image) => queue.put({ image, width: 320 })));

await queue.put({ image: "later.jpg", width: 320 }, { delay: 2 });
const { waiting, delayed } = await queue.stats();
console.log(`${waiting} waiting, ${delayed} delayed`);
