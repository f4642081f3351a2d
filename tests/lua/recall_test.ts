import assert from "node:assert/strict";
import { autoclean } from "../../src/lua/autoclean.ts";
import { queueKeys } from "../../src/lua/keys.ts";
import { recall } from "../../src/lua/recall.ts";
import { touch } from "../../src/lua/touch.ts";
import { claims, fourItems } from "../helpers/claims.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "../helpers/extra_state.ts";
import { readState, seed } from "../helpers/queue_state.ts";
import { startRedis } from "../helpers/redis.ts";
import { connect } from "../helpers/script_table.ts";

Deno.test("what nobody read goes back before what was popped since, and that before the queue", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  const claimed = claims(connection, keys);
  await claimed(1, 0, { max: 2 });
  await redis.command("LMOVE", keys.queue, keys.popped, "RIGHT", "LEFT");
  await recall(connection, keys, { instance: "A", read: 0, upTo: 1 }, false);
  assert.deepEqual((await readState(redis, "q")).queue, ["d", "a", "b", "c"]);
  assert.deepEqual(await readExtras(redis, "q"), NO_EXTRAS);
});

Deno.test("recall puts back in front what was popped", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  await seed(redis, "q", { items: { a: "1", b: "2", c: "3" }, queue: ["c"] });
  await seedExtras(redis, "q", { popped: ["b", "a"] });
  await recall(connection, queueKeys("q"), { instance: "A", read: 0, upTo: 0 }, false);
  assert.deepEqual((await readState(redis, "q")).queue, ["c", "b", "a"]);
  assert.deepEqual(await readExtras(redis, "q"), NO_EXTRAS);
});

Deno.test("recall at an instance's end forgets its claim and its touch, and no other instance", async () => {
  await using redis = await startRedis();
  await using connection = connect(redis);
  const keys = await fourItems(redis);
  for (const instance of ["A", "B"]) {
    const [uid] = await claims(connection, keys, instance)(1, 0);
    await touch(connection, keys, [{ uid: uid! }], { length: 600, instance });
  }
  const noted = async () => (await redis.command("HKEYS", keys.claims) as string[]).toSorted();
  const read = { instance: "A", read: 1, upTo: 1 };
  await recall(connection, keys, read, false);
  assert.deepEqual(await noted(), ["A", "A:touch", "B", "B:touch"]);
  await recall(connection, keys, read, true);
  assert.deepEqual(await noted(), ["B", "B:touch"]);
});

/** Those who say which claims were read. */
const speakers: Record<string, (...args: Parameters<typeof recall>) => Promise<unknown>> = {
  "recall": (connection, keys, claimsRead) => recall(connection, keys, claimsRead, false),
  "recall at the instance's end": recall,
  "a pass of autoclean": (connection, keys, claimsRead) =>
    autoclean(connection, keys, 60, [claimsRead]),
};

for (const [name, say] of Object.entries(speakers)) {
  Deno.test(`${name} gives back what nobody read, and leaves a claim that was read or is under way`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const keys = await fourItems(redis);
    const claimed = claims(connection, keys);
    const sayRead = (read: number, upTo: number) =>
      say(connection, keys, { instance: "A", read, upTo }, true);
    assert.deepEqual(await claimed(1, 0), ["c"]);
    await sayRead(1, 1);
    await claimed(2, 1);
    await sayRead(1, 1);
    assert.deepEqual(Object.keys((await readState(redis, "q")).aging).sort(), ["b", "c"]);
    await claimed(3, 2);
    await sayRead(2, 3);
    const { queue, aging } = await readState(redis, "q");
    assert.deepEqual([queue, Object.keys(aging).sort()], [["d", "a"], ["b", "c"]]);
    assert.deepEqual(await readExtras(redis, "q"), NO_EXTRAS);
  });
}
