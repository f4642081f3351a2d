import assert from "node:assert/strict";
import { runProgram } from "../helpers/program.ts";
import { startRedis } from "../helpers/redis.ts";
import { until } from "../helpers/until.ts";

const PRODUCERS = 5;
const CONSUMERS = 10;
const ITEMS = 400;

Deno.test("ten consumer and five producer processes on one queue ack each item exactly once", async () => {
  await using redis = await startRedis();
  await using queue = redis.queue();
  const names = Array.from({ length: PRODUCERS }, (_, i) => `producer ${i}`);

  const consumers = Array.from({ length: CONSUMERS }, () => runProgram("consumes", redis.url));
  const producers = names.map((name) => runProgram("produces", redis.url, name, String(ITEMS)));
  for (const { code, stderr } of await Promise.all(producers)) assert.equal(code, 0, stderr);
  // One after the other: a consumer may take what another popped, and end with several of them.
  for (let left = CONSUMERS; left > 0; left--) {
    await until("they wait", async () => await redis.blockedClients() === left);
    await queue.put("stop");
    await until("one has met it", async () => (await redis.keys()).length === 0);
  }

  const acked: string[][] = [];
  for (const { code, stdout, stderr } of await Promise.all(consumers)) {
    assert.equal(code, 0, stderr);
    acked.push(stdout.split("\n").slice(0, -1));
  }
  const put = names.flatMap((name) => Array.from({ length: ITEMS }, (_, i) => `${name}:${i}`));
  assert.deepEqual(acked.flat().sort(), put.sort());
  assert.deepEqual(await redis.keys(), []);
  assert.ok(acked.filter((items) => items.length > 0).length > 1, "one consumer did all the work");
});
