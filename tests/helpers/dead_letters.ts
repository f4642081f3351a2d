import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../src/connection/supervised_connection.ts";
import { type QueueKeys, queueKeys } from "../../src/lua/keys.ts";
import { NO_EXTRAS, readExtras, seedExtras } from "./extra_state.ts";
import { EMPTY, type QueueState, readState, seed } from "./queue_state.ts";
import { startRedis } from "./redis.ts";
import { connect } from "./script_table.ts";

/** Three dead letters. */
export const THREE_DEAD = {
  items: { a: "1", b: "2", c: "3" },
  attempts: { a: 3, b: 1 },
  errors: { a: "no", b: "" },
  dead: { a: 7, b: 5, c: 6 },
};

/**
 * Tests that a call changes thousands of dead letters in steps, all or those that are named, and that one that dies meanwhile
 * stays.
 */
export function testSteps(
  changed: string,
  change: (
    connection: SupervisedConnection,
    keys: QueueKeys,
    uids: string[] | undefined,
  ) => Promise<number>,
  after: (uids: string[], items: Record<string, string>) => Partial<QueueState>,
): void {
  Deno.test(`thousands of dead letters are ${changed} in steps, and those that die meanwhile stay`, async () => {
    await using redis = await startRedis();
    await using connection = connect(redis);
    const uids = Array.from({ length: 2_300 }, (_, i) => `uid ${String(i).padStart(4, "0")}`);
    const items = Object.fromEntries([...uids, "later"].map((uid) => [uid, "payload"]));
    const dead = { ...Object.fromEntries(uids.map((uid, i) => [uid, i])), later: 9e15 };
    for (const chosen of [undefined, uids]) {
      const name = chosen === undefined ? "all" : "named";
      await seed(redis, name, { items });
      await seedExtras(redis, name, { dead });
      await redis.resetCalls();
      assert.equal(await change(connection, queueKeys(name), chosen), 2_300);
      assert.ok((await redis.calls())["evalsha"]! >= 5);
      const state = await readState(redis, name);
      assert.deepEqual(state, { ...EMPTY, ...after(uids, items) });
      assert.deepEqual(await readExtras(redis, name), { ...NO_EXTRAS, dead: { later: 9e15 } });
    }
  });
}
