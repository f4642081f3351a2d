import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { clear } from "../../src/lua/clear.ts";
import { NO_EXTRAS } from "../helpers/extra_state.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const full = {
  items: { a: "1", b: "2", c: "3", d: "4" },
  queue: ["a"],
  ackbuf: ["b"],
  aging: { c: 5 },
  popped: ["d"],
  short: { c: 6 },
  named: { a: 5 },
  attempts: { d: 1 },
  errors: { d: "why" },
  headers: { a: "{}" },
  orderkeys: { a: "000000000000000k" },
  heads: { k: "a" },
  parked: { "1:k000000000000001b": 0 },
  held: { d: "k" },
};
const none = { ...EMPTY, ...NO_EXTRAS };

testScript([
  { name: "clear deletes every key", before: full, call: clear, returns: undefined, after: none },
  { name: "clear of an empty queue", before: {}, call: clear, returns: undefined, after: {} },
]);

Deno.test("clear leaves other queues alone", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "one", full);
  await seed(redis, "one more", full);

  await clear(connection, queueKeys("one"));

  const { items, queue, ackbuf, aging } = full;
  assert.deepEqual(await readState(redis, "one more"), { items, queue, ackbuf, aging });
  assert.equal((await redis.command("KEYS", "srq:one:*") as string[]).length, 0);
});
