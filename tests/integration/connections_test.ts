import assert from "node:assert/strict";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

Deno.test("a queue has one connection, and three while it waits, for any number of calls", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  await Promise.all(Array.from({ length: 50 }, (_, i) => queue.put(`${i}`)));
  const items = await queue.getMany(50);
  await queue.ackMany(items.map(([uid]) => uid));
  assert.equal((await redis.clients()).length, 1);

  const stop = new AbortController();
  const consumed = Promise.all([
    queue.consume(() => {}, { concurrency: 50, signal: stop.signal }),
    ...Array.from({ length: 50 }, () => queue.get({ signal: stop.signal }).catch(() => {})),
  ]);
  await until("it listens for the doorbell", async () => {
    return (await redis.clients()).some(({ cmd }) => cmd === "xread");
  });
  assert.equal((await redis.clients()).length, 3);
  stop.abort();
  await consumed;
});
