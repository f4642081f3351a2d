import assert from "node:assert/strict";
import { runProgram, startProgram } from "../helpers/program.ts";

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} aborts stopSignal, and a second one ends the program`, async () => {
    await using done = startProgram("stops", "done");
    assert.equal((await done.lines.next()).value, "listens");
    done.signal(signal);
    assert.equal((await done.lines.next()).value, "stopped");
    assert.equal(await done.ended, 0);

    await using lingers = startProgram("stops", "lingers");
    await lingers.lines.next();
    lingers.signal(signal === "SIGINT" ? "SIGTERM" : "SIGINT");
    assert.equal((await lingers.lines.next()).value, "stopped");
    lingers.signal(signal);
    assert.equal(await lingers.ended, CODES[signal]);
  });
}

Deno.test("stopSignal keeps no program alive", async () => {
  assert.deepEqual(await runProgram("stops", "ends"), { code: 0, stdout: "", stderr: "" });
});
