import assert from "node:assert/strict";
import { unicodeWidth } from "@std/cli/unicode-width";
import type { QueueStats } from "../../../mod.ts";
import { queueTable } from "../../../src/cli/top/queue_table.ts";
import type { QueueView } from "../../../src/cli/top/sampler.ts";
import { linesOf, type Shown } from "../../../src/cli/top/screens.ts";

const STATS: QueueStats = {
  ...{ waiting: 12, delayed: 3, inFlight: 4, dead: 5, parked: 0, held: 0, heldKeys: [] },
  ...{ consumers: 2, paused: false, oldestAge: 61.25 },
  totals: { put: 100, acked: 90, failed: 1, expired: 0, dead: 5 },
};
const RATES = { put: 1.5, acked: 20, failed: 0, expired: 0, dead: 0 };

function view(name: string, stats: Partial<QueueStats> = {}): QueueView {
  return {
    ...{ name, stats: { ...STATS, ...stats }, problem: undefined, rates: RATES },
    history: [1, 2, 4],
  };
}

function shown(queues: QueueView[], others: Partial<Shown> = {}): Shown {
  return {
    ...{ address: "127.0.0.1:6379", queues, selected: queues[0]?.name, inside: undefined },
    ...{ message: "", problem: undefined },
    ...others,
  };
}

Deno.test("a pipe gets all columns but the picture", () => {
  const [line] = queueTable([view("mails")], undefined).split("\n");
  assert.equal(line, "mails\t12\t4\t3\t5\t1.5\t20.0\t0.0\t61.3\t2\t");
});

Deno.test("the state of a queue names what is unusual", () => {
  const stateOf = (stats: Partial<QueueStats>) =>
    queueTable([view("q", stats)], undefined).trimEnd().split("\t").slice(10).join();
  assert.equal(stateOf({ paused: true }), "paused");
  assert.equal(stateOf({ consumers: 0, inFlight: 0 }), "nobody consumes");
  assert.equal(stateOf({ consumers: 0 }), ""); // Python may have what is in flight
  assert.equal(stateOf({ consumers: 0, inFlight: 0, waiting: 0 }), "");
  const refused = { ...view("q"), stats: undefined, problem: "NOPERM", rates: null, history: [] };
  const line = "q\t-\t-\t-\t-\t-\t-\t-\t-\t-\trefused\n";
  assert.equal(queueTable([refused], undefined), line);
});

Deno.test("columns go one after the other as the terminal gets narrower, and what is needed most stays", () => {
  const titlesAt = (width: number) =>
    queueTable([view("mails", { paused: true })], { width, colors: false }).split("\n")[0]!
      .split(/ +/);
  assert.deepEqual(titlesAt(200), [
    ...["QUEUE", "WAITING", "IN-FLIGHT", "DELAYED", "DEAD", "PUT/S", "ACKED/S", "FAILED/S"],
    ...["ACKED", "OLDEST", "CONSUMERS", "STATE"],
  ]);
  let before = 13;
  for (let width = 200; width >= 24; width--) {
    const titles = titlesAt(width);
    assert(titles.length <= before);
    before = titles.length;
  }
  assert.deepEqual(titlesAt(24), ["QUEUE", "WAITING", "STATE"]);
});

for (const [columns, rows] of [[200, 50], [80, 24], [40, 10], [10, 5], [3, 2], [1, 1]] as const) {
  Deno.test(`no line of the screen is too long, and there are no more than ${rows}, at ${columns} cells`, () => {
    const queues = Array.from({ length: 100 }, (_, i) => view(`名前 ${i} ${"x".repeat(i)}`));
    const consumer = {
      ...{ id: "id", host: "host", pid: 5, name: undefined, since: new Date(), concurrency: 1 },
      ...{ lastSeen: new Date(), inHand: 1 },
    };
    const inside = {
      name: queues[50]!.name,
      consumers: Array.from({ length: 100 }, () => consumer),
      items: Array.from({ length: 50 }, (_, i) => ({
        uid: `${i}`,
        payload: new TextEncoder().encode("界".repeat(500) + "\x1b[2J"),
      })),
    };
    const screens = [
      shown(queues, { selected: queues[70]!.name }),
      shown(queues, { inside }),
      shown(queues, { problem: `Redis is away\x1b[2J ${"x".repeat(300)}` }),
      shown([]),
    ];
    for (const screen of screens) {
      const lines = linesOf(screen, { columns, rows, colors: false });
      assert.equal(lines.length, rows);
      for (const line of lines) {
        assert(unicodeWidth(line) <= columns, JSON.stringify(line));
        // deno-lint-ignore no-control-regex
        assert(!/[\x00-\x1f]/.test(line), JSON.stringify(line));
      }
    }
  });
}

Deno.test("the selected queue is marked, and in sight", () => {
  const queues = Array.from({ length: 100 }, (_, i) => view(`q${String(i).padStart(2, "0")}`));
  for (const { name } of queues) {
    const lines = linesOf(shown(queues, { selected: name }), {
      ...{ columns: 80, rows: 24, colors: false },
    });
    assert.deepEqual(
      lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2, 5)),
      [
        name,
      ],
    );
  }
});

Deno.test("without colors nothing but the mark tells the selected queue, with them it is inverse", () => {
  const size = { columns: 80, rows: 24 };
  const plain = linesOf(shown([view("q")]), { ...size, colors: false }).join("\n");
  assert(!plain.includes("\x1b"));
  const colored = linesOf(shown([view("q")]), { ...size, colors: true });
  assert(colored.some((line) => line.startsWith("\x1b[7m> q")));
});
