import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { pause } from "../../src/lua/pause.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect, testScript } from "../helpers/script_table.ts";

const before = { items: { a: "1", b: "2" }, queue: ["a"], aging: { b: 5 }, popped: ["c"] };

testScript([
  {
    name: "pause of a queue changes no item, and something only once",
    before,
    call: (connection, keys) => pause(connection, keys, true),
    returns: true,
    after: {},
    again: { returns: false },
  },
  {
    name: "resume of a queue that is not paused changes nothing",
    before,
    call: (connection, keys) => pause(connection, keys, false),
    returns: false,
    after: {},
  },
]);

Deno.test("a queue is paused until it is resumed, and leaves no key then but the doorbell, for seconds", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = queueKeys("q");
  assert.equal(await pause(connection, keys, true), true);
  assert.deepEqual(await redis.keys(), [keys.paused]);
  assert.equal(await pause(connection, keys, false), true);
  assert.deepEqual(await redis.keys(), [keys.doorbell]);
  assert.notEqual(await redis.command("TTL", keys.doorbell), -1);
  assert.equal(await pause(connection, keys, false), false);
});
