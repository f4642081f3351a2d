import assert from "node:assert/strict";
import { queueKeys } from "../../src/keys.ts";
import { clear } from "../../src/lua/clear.ts";
import { EMPTY, readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const full = {
  items: { a: "1", b: "2", c: "3", d: "4" },
  queue: ["a"],
  ackbuf: ["b"],
  aging: { c: 5 },
};

testScript([
  { name: "clear deletes every key", before: full, call: clear, returns: undefined, after: EMPTY },
  { name: "clear of an empty queue", before: {}, call: clear, returns: undefined, after: {} },
]);

Deno.test("clear leaves other queues alone", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "one", full);
  await seed(redis, "one more", full);

  await clear(connection, queueKeys("one"));

  assert.deepEqual(await readState(redis, "one more"), full);
  assert.equal((await redis.command("KEYS", "srq:one:*") as string[]).length, 0);
});
