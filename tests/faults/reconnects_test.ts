import assert from "node:assert/strict";
import { startProgram } from "../helpers/program.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("over 1,000 reconnects nothing piles up, and the process ends by itself", async () => {
  await using redis = await startRedis();
  await using program = startProgram("reconnects", redis.port, 1_000);
  const { value } = await program.lines.next();
  const report = JSON.parse(value!);
  assert(report.reconnects >= 1_000, value);
  assert.equal(report.errors, 0, value);
  // Those of the queue, three at most, and new ones on their way.
  assert(report.connections <= 6, value);
  assert(report.filesAfter <= report.filesBefore + 6, value);
  assert(report.growthMiB < 16, value);
  assert.equal(report.warnings, "", value);
  assert.equal((await program.lines.next()).value, "closed");
  assert.equal((await program.lines.next()).done, true); // it has ended
});
