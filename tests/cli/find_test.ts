import assert from "node:assert/strict";
import { runCli } from "../helpers/cli.ts";
import { seedExtras } from "../helpers/extra_state.ts";
import { seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";

const TIME = Date.parse("2030-01-02T03:04:05.678Z") * 1000;

Deno.test("find prints all that is known of an item", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", { items: { "report 5": "two\nlines" } });
  await seedExtras(redis, "test", {
    ...{ delayed: { "report 5": TIME }, named: { "report 5": TIME - 1e9 } },
    ...{ attempts: { "report 5": 2 }, errors: { "report 5": "no" } },
    orderkeys: { "report 5": "000000000000000ada" },
  });
  const { code, stdout } = await runCli(["find", "report 5", "--url", redis.url]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    "uid\treport 5\nstate\tdelayed\nput\t2030-01-02T02:47:25.678Z\ndue\t2030-01-02T03:04:05.678Z\n" +
      "attempts\t2\nerror\tno\norder-key\tada\nbytes\t9\nitem\ttwo\\nlines\n",
  );
});

Deno.test("find --json and --raw print an item exactly", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", { items: { a: '{"n": 12345678901234567890}' } });
  await seedExtras(redis, "test", { dead: { a: TIME } });
  const json = await runCli(["find", "a", "--json", "--url", redis.url]);
  assert.equal(
    json.stdout,
    '{"uid":"a","state":"dead","attempts":0,"error":"","diedAt":"2030-01-02T03:04:05.678Z",' +
      '"item":{"n": 12345678901234567890}}\n',
  );
  const raw = await runCli(["find", "a", "--raw", "--url", redis.url]);
  assert.equal(raw.stdout, '{"n": 12345678901234567890}\n');
});

Deno.test("find of no item fails", async () => {
  await using redis = await startRedis();
  await seed(redis, "test", { items: { a: "1" }, queue: ["a"] });
  const outcome = await runCli(["find", "b", "--url", redis.url]);
  assert.deepEqual(outcome, { code: 1, stdout: "", stderr: 'There is no item "b"\n' });
});
