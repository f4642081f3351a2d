import type { SupervisedConnection } from "../connection/supervised_connection.ts";

/** What Redis says of itself. What it does not say is `undefined`: hosts leave fields out, or refuse `INFO`. */
export interface ServerHealth {
  /** Names the running server: several queues may be on one. */
  runId: string | undefined;
  version: string | undefined;
  /** Bytes. */
  usedMemory: number | undefined;
  /** Bytes; 0 if there is no limit. */
  maxMemory: number | undefined;
  evictionPolicy: string | undefined;
  /** Whether there is an append-only file. */
  appendsOnly: boolean | undefined;
  lastSave: Date | undefined;
  /** Changes since the last snapshot. */
  unsavedChanges: number | undefined;
  /** Whether the last snapshot, and the last write to the append-only file, went well. */
  isSaving: boolean | undefined;
}

/** Reads what the server of a queue says of its memory and persistence. */
export async function readServerHealth(connection: SupervisedConnection): Promise<ServerHealth> {
  const sections = await Promise.all(
    ["server", "memory", "persistence"].map((section) =>
      connection.send({ name: "INFO", args: [section], action: "ask Redis how it is" })
    ),
  );
  const fields = new Map<string, string>();
  for (const [, name, value] of sections.join("\n").matchAll(/^(\w+):(.*?)\r?$/gm)) {
    fields.set(name!, value!);
  }
  const number = (name: string) => fields.has(name) ? Number(fields.get(name)) : undefined;
  const lastSave = number("rdb_last_save_time");
  const states = ["rdb_last_bgsave_status", "aof_last_write_status"]
    .map((name) => fields.get(name)).filter((state) => state !== undefined);
  return {
    runId: fields.get("run_id"),
    version: fields.get("valkey_version") ?? fields.get("redis_version"),
    usedMemory: number("used_memory"),
    maxMemory: number("maxmemory"),
    evictionPolicy: fields.get("maxmemory_policy"),
    appendsOnly: fields.has("aof_enabled") ? fields.get("aof_enabled") === "1" : undefined,
    lastSave: lastSave === undefined ? undefined : new Date(lastSave * 1000),
    unsavedChanges: number("rdb_changes_since_last_save"),
    isSaving: states.length === 0 ? undefined : states.every((state) => state === "ok"),
  };
}
