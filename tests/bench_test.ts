import assert from "node:assert/strict";
import { Ledger } from "../bench/ledger.ts";
import { denoRun } from "./helpers/deno_run.ts";

const PROJECT = new URL("../", import.meta.url);

async function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: denoRun("-A", "bench/bench.ts", ...args),
    cwd: PROJECT,
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("the benchmark prints a table, and writes figures and a chart", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [json, svg] = [`${directory}/figures.json`, `${directory}/chart.svg`];
    const only = ["--only", "produce", "--only", "memory", "--only", "saferedisqueue"];
    const { code, out } = await bench("--quick", ...only, "--json", json, "--chart", svg);
    assert.equal(code, 0);
    assert.match(out, /\| put, un-awaited +\| saferedisqueue .* items\/s /);
    assert.match(out, /\| memory, in flight +\| saferedisqueue .* bytes /);

    const { rows } = JSON.parse(await Deno.readTextFile(json));
    const waiting = rows.find(({ figure }: { figure: string }) => figure === "memory, waiting");
    assert(waiting.median > 100 + 36, "less than payload and uid");
    assert(waiting.median < 400, "an item takes much more than payload and uid");
    assert.match(await Deno.readTextFile(svg), /<svg [^]*class="ours"[^]*<\/svg>/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the benchmark refuses what it does not know", async () => {
  const { code, err } = await bench("--only", "kafka");
  assert.notEqual(code, 0);
  assert.match(err, /--only kafka: choose from produce, .*bullmq/);
});

Deno.test("a ledger tells of an item that was handled twice, also after the last one", async () => {
  const ledger = new Ledger(2);
  const payloads = ledger.payloads();
  for (const payload of payloads) ledger.note(payload);
  await ledger.all();
  ledger.check();
  ledger.note(payloads[1]!);
  assert.throws(() => ledger.check(), /item 1 was handled twice/);
});
