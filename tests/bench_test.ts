import assert from "node:assert/strict";
import { chart } from "../bench/chart.ts";
import { Ledger } from "../bench/ledger.ts";
import { keyOf, OrderLedger } from "../bench/order_ledger.ts";
import type { Report, Row } from "../bench/results.ts";
import { fillIn } from "../bench/write_pages.ts";
import config from "../deno.json" with { type: "json" };
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

async function report(...args: string[]): Promise<Report> {
  const json = await Deno.makeTempFile();
  try {
    const { code, err } = await bench("--quick", ...args, "--json", json);
    assert.equal(code, 0, err);
    return JSON.parse(await Deno.readTextFile(json));
  } finally {
    await Deno.remove(json);
  }
}

/** Whose figure it is -> its row. */
function rowsOf({ rows }: Report, figure: string): Record<string, Row> {
  const entries = rows.filter((row) => row.figure === figure).map((row) => [row.of, row]);
  return Object.fromEntries(entries);
}

const OURS = `saferedisqueue ${config.version}`;

Deno.test("the benchmark measures 1, 10 and 100 at once, beside the same loops by hand", async () => {
  const queues = ["saferedisqueue", "saferedisqueue-prefetch", "streams-batch", "by-hand"];
  const figures = await report("produce", "consume", "memory", ...queues);
  assert.equal(figures.runs, 1);
  for (const atOnce of ["1", "10", "100"]) {
    const rows = rowsOf(figures, `handle and ack, ${atOnce} at once`);
    assert.deepEqual(Object.keys(rows), [
      OURS,
      `${OURS}, prefetch 100`,
      "Streams by hand, batch ack",
      "by hand, the limit",
    ]);
    for (const { median, clientMicros, serverMicros } of Object.values(rows)) {
      assert.ok(median > 100 && clientMicros! > 0 && serverMicros! > 0);
    }
  }
  for (const atOnce of ["1", "10", "1,000"]) {
    assert.ok(rowsOf(figures, `put, ${atOnce} at once`)[OURS]!.median > 100);
  }
  const { median } = rowsOf(figures, "memory, waiting")[OURS]!;
  assert.ok(median > 100 + 36, "less than payload and uid");
  assert.ok(median < 400, "an item takes much more than payload and uid");
});

Deno.test("the benchmark measures order keys, beside our queue without them", async () => {
  const figures = await report("order", "--concurrency", "10,100");
  for (const atOnce of ["10", "100"]) {
    const rows = rowsOf(figures, `handle in order, ${atOnce} at once`);
    assert.deepEqual(Object.keys(rows), [OURS, `${OURS}, order keys`, "groupmq 1.1.0"]);
    for (const { median } of Object.values(rows)) assert.ok(median > 100);
  }
});

Deno.test("the benchmark measures on an append-only file, what it is asked for, in several runs, beside an earlier state", async () => {
  const names = ["produce", "idle", "payloads", "saferedisqueue"];
  const runs = ["--runs", "2", "--concurrency", "7", "--before", "."];
  const figures = await report(...names, "--persistence", ...runs);
  assert.match(figures.environment, /Redis \S+ with an append-only file/);
  const { min, median, max } = rowsOf(figures, "put, 7 at once")[OURS]!;
  assert.ok(min < median && median < max);
  const before = rowsOf(figures, "put, 7 at once")[`${OURS}, before`]!;
  assert.ok(before.oursIs! > 0 && before.median !== median);
  for (const figure of ["idle, put to handler p50", "put, 64 KiB", "get and ack, 1 MiB"]) {
    assert.ok(rowsOf(figures, figure)[OURS]!.median > 0, figure);
  }
  assert.ok(rowsOf(figures, "get and ack, 1 MiB")["GET of its client"]!.median > 0);
  assert.deepEqual(rowsOf(figures, "put, 1 at once"), {});
});

Deno.test("the benchmark refuses what it does not know", async () => {
  for (
    const [args, message] of [
      [["kafka"], /kafka: choose from produce, .*bullmq/],
      [["--fast"], /Unknown option --fast/],
      [["--concurrency", "1,many"], /--concurrency many: expected whole numbers/],
      [["--runs", "0"], /--runs 0: expected whole numbers/],
    ] as const
  ) {
    const { code, err } = await bench(...args);
    assert.notEqual(code, 0);
    assert.match(err, message);
  }
});

function made(figure: string, of: string, median: number): Row {
  const none = { oursIs: undefined, clientMicros: undefined, serverMicros: undefined };
  return { figure, of, median, min: median, max: median, unit: "items/s", ...none };
}

const MADE: Report = {
  environment: "a machine",
  persistence: false,
  runs: 5,
  rows: [
    made("handle and ack, 1 at once", OURS, 5_000),
    made("handle and ack, 1 at once", "A & B", 10_000),
    made("handle and ack, 100 at once", OURS, 200_000),
  ],
};

Deno.test("the chart has each figure of each queue, as long as its share of the longest", () => {
  const svg = chart(MADE);
  const bars = Array.from(svg.matchAll(/<rect .*? width="([\d.]+)".*?>/g), ([, width]) => +width!);
  assert.equal(bars.length, 3);
  const [half, ownScale, longest] = bars;
  assert.equal(ownScale, longest);
  assert.ok(Math.abs(longest! / 2 - half!) < 0.1);
  for (const text of ["100 at once", "10,000", "A &amp; B", "Medians of 5 runs", "a machine"]) {
    assert.ok(svg.includes(text), text);
  }
});

Deno.test("figures go into their places in a page, and leave places for others alone", () => {
  const place = (name: string, text: string) =>
    `<!-- figures: ${name} -->\n\n${text}\n\n<!-- end of figures -->\n`;
  const others = place("produce", "old") + place("consume, append-only", "old");
  const page = fillIn(place("consume", "old") + others + place("runs", "old"), MADE);
  const table = `Items handled and acked in a second (more is better):

|                      | 1 at once | 10 at once | 100 at once |
| -------------------- | --------: | ---------: | ----------: |
| ${OURS} |     5,000 |            |     200,000 |
| A & B                |    10,000 |            |             |`;
  const runs = "Medians of 5 runs in which the queues took turns, on a machine.";
  assert.equal(page, place("consume", table) + others + place("runs", runs));
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

Deno.test("a ledger tells of an item that was handled out of the order of its key only", async () => {
  const payloads = new OrderLedger(5_000).payloads();
  const [first] = payloads;
  const ofKey = payloads.filter((payload) => keyOf(payload) === keyOf(first!));
  const other = payloads.find((payload) => keyOf(payload) !== keyOf(first!));
  const ledger = new OrderLedger(payloads.length);
  for (const payload of [ofKey[1]!, other!]) ledger.note(payload);
  ledger.check();
  ledger.note(first!);
  await assert.rejects(ledger.all(), /item 0 was handled after a later one of its key/);
  assert.throws(() => ledger.check(), /item 0 /);
});
