// Puts numbered items, now one by one, now at once.
import { SafeRedisQueue } from "../../mod.ts";

const [url, producer, count] = Deno.args as [string, string, string];
await using queue = new SafeRedisQueue({ url, autocleanInterval: null });
const puts: Promise<string>[] = [];
for (let i = 0; i < Number(count); i++) {
  puts.push(queue.put(`${producer}:${i}`));
  if (i % 3 === 0) await puts.at(-1);
}
await Promise.all(puts);
