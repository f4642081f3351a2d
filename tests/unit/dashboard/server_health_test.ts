import assert from "node:assert/strict";
import type { SupervisedConnection } from "../../../src/connection/supervised_connection.ts";
import { readServerHealth, type ServerHealth } from "../../../src/dashboard/server_health.ts";

/** What is read of a server that answers every INFO with these lines. */
async function healthOf(...lines: string[]): Promise<ServerHealth> {
  const send = () => Promise.resolve(lines.join("\r\n") + "\r\n");
  return await readServerHealth({ send } as unknown as SupervisedConnection);
}

Deno.test("what a server says of itself", async () => {
  assert.deepEqual(
    await healthOf(
      ...["# Server", "redis_version:7.2.4", "valkey_version:8.1.0", "run_id:abc"],
      ...["used_memory:1000", "maxmemory:0", "maxmemory_policy:noeviction"],
      ...["aof_enabled:1", "rdb_last_save_time:1700000000", "rdb_changes_since_last_save:5"],
      ...["rdb_last_bgsave_status:ok", "aof_last_write_status:ok"],
    ),
    {
      ...{ runId: "abc", version: "8.1.0", usedMemory: 1000, maxMemory: 0 },
      ...{ evictionPolicy: "noeviction", appendsOnly: true, unsavedChanges: 5, isSaving: true },
      lastSave: new Date(1_700_000_000_000),
    },
  );
});

Deno.test("one write to disk that failed is told", async () => {
  for (const [snapshot, append] of [["err", "ok"], ["ok", "err"]]) {
    const health = await healthOf(
      `rdb_last_bgsave_status:${snapshot}`,
      `aof_last_write_status:${append}`,
    );
    assert.equal(health.isSaving, false);
  }
});

Deno.test("what a server does not say is not known", async () => {
  const known = Object.values(await healthOf("# Server")).filter((value) => value !== undefined);
  assert.deepEqual(known, []);
});
