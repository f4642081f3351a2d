import assert from "node:assert/strict";
import { queueKeys } from "../../src/lua/keys.ts";
import { part, script } from "../../src/lua/script.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect } from "../helpers/script_table.ts";

Deno.test("a script holds a part once, where it is first named, with its keys", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const inner = part("queue")`
redis.call('RPUSH', QUEUE, 'inner')`;
  const first = part("queue")`
${inner}
redis.call('RPUSH', QUEUE, 'first')`;
  const second = part()`
${inner}
${first}
redis.call('RPUSH', QUEUE, 'second')`;
  const order = script()`
${first}
${second}
return table.concat(redis.call('LRANGE', QUEUE, 0, -1), ' ')
`;

  const reply = await order.run(connection, queueKeys("q"), { args: [], action: "try" });

  assert.equal(new TextDecoder().decode(reply), "inner first second");
});
