import assert from "node:assert/strict";
import { longestAbsence } from "../soak/absences.ts";
import { lineOf, type Note } from "../soak/ledger.ts";
import { type Command, describe, itemsOf, keysOf } from "../soak/leftovers.ts";
import { type Fate, reckon } from "../soak/reckoning.ts";
import { isSound, report } from "../soak/report.ts";
import { soak } from "../soak/soak.ts";
import { payload } from "../soak/work.ts";
import { startRedis } from "../helpers/redis.ts";

Deno.test("under faults that come by chance nothing is lost, stuck, or taken too early", async () => {
  const outcome = await soak({ minutes: 0.25, leases: [1, 2, 4, 6] });
  const text = report(outcome);
  assert(isSound(outcome), text);
  assert(Object.keys(outcome.faults).length > 2, text);
  assert(outcome.put > 1_000, text);
  assert(outcome.revived > 0, text);
});

/** The ledger of a process, of lines such as "handed uid 1000". */
type Lines = string[];

const PROCESS = { lease: 60, suspended: [] };

/** Reckons ledgers whose deliveries are those of one item after the other; times in milliseconds. */
async function reckonOf(
  processes: (Partial<Fate> & { lines: Lines })[],
  outages: [number, number][] = [],
) {
  const dir = await Deno.makeTempDir();
  try {
    const fates = await Promise.all(processes.map(async ({ lines, ...rest }, i) => {
      const path = `${dir}/${i}`;
      await Deno.writeTextFile(path, lines.map(noted).join(""));
      return { ...PROCESS, path, ...rest };
    }));
    return await reckon(fates, outages);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** "done x 1000 2": the fourth word, 1 if missing, tells the deliveries of a process apart. */
function noted(line: string): string {
  const [event, label, time = "0", delivery = "1"] = line.split(" ") as [Note["event"], string];
  return lineOf({ event, label, time: Number(time), delivery: Number(delivery) });
}

const NOTHING = {
  ...{ put: 0, doubtful: 0, done: 0, revived: 0, again: {} },
  ...{ undone: [], early: [], disordered: [], doubled: [], excessive: [] },
};

Deno.test("the reckoning of a soak counts what was put, and finds what nobody has done", async () => {
  const reckoning = await reckonOf([
    { lines: ["put fine", "put lost", "put held", "put x#1", "put x#2", "doubtful doubtful"] },
    { lines: ["handed fine 10 1", "done fine 11 1", "got held 10 2", "handed x#1 10 3"] },
    { lines: ["handed x#1 900000", "done x#1 900001"] },
    { lines: ["looked -", "revived fine"] },
  ]);
  assert.deepEqual(reckoning, {
    ...NOTHING,
    ...{ put: 5, doubtful: 1, done: 2, revived: 1, undone: ["lost", "held", "x#2"] },
    // Its first holder has never ended: its lease is kept alive.
    ...{ early: ["x#1"], again: { "it was taken too early": 1 } },
  });
});

/** Each is the first delivery of an item, and what is known of its consumer. */
const CAUSES: Record<string, { first: Lines; fate?: Partial<Fate> }> = {
  "its consumer failed it": { first: ["handed x 0", "failing x 1"] },
  "its consumer gave it back": { first: ["handed x 0", "releasing x 1"] },
  "its consumer was told to end": {
    first: ["handed x 0", "stopped x 1"],
    fate: { endedAt: 0 },
  },
  "it was done, and its put was sent again": { first: ["got x 0", "done x 1", "acked x 2"] },
  "it was done, and its ack was late, or its put was sent again": {
    first: ["handed x 0", "done x 1"],
  },
  "its consumer was killed": { first: ["handed x 0"], fate: { killedAt: 1 } },
  "its consumer was suspended past its lease": {
    first: ["handed x 0"],
    fate: { suspended: [[1, 90_000]] },
  },
  "its lease ran out while Redis was away": { first: ["got x 0"] },
};

for (const [cause, { first, fate }] of Object.entries(CAUSES)) {
  Deno.test(`the reckoning of a soak tells why an item came again: ${cause}`, async () => {
    const next = ["got x 100000", "done x 100001", "acked x 100002"];
    const reckoning = await reckonOf([{ lines: first, ...fate }, { lines: next }]);
    assert.deepEqual(reckoning, { ...NOTHING, done: 1, again: { [cause]: 1 } });
  });
}

/** The first consumer of an item begins at 0, the next one at `at`. */
const OVERLAPS: Record<string, {
  first?: Lines;
  fate?: Partial<Fate>;
  outage?: [number, number];
  at: number;
  isEarly: boolean;
}> = {
  "the first is at work": { at: 300_000, isEarly: true },
  "the first was told of a lost lease": {
    first: ["handed x 0", "cut x 1000"],
    ...{ at: 2_000, isEarly: true },
  },
  "the first has ended": { first: ["handed x 0", "done x 1999"], at: 2_000, isEarly: false },
  "the first ends later": { first: ["handed x 0", "done x 2001"], at: 2_000, isEarly: true },
  "a short outage": { outage: [0, 10_000], at: 300_000, isEarly: true },
  "an outage as long as what a lease has left": {
    ...{ outage: [10_000, 50_000], at: 300_000, isEarly: false },
  },
  "an outage that is over long before": {
    ...{ outage: [-100_000, -10_000], at: 300_000, isEarly: true },
  },
  "an outage, and a suspension that follows": {
    fate: { suspended: [[20_000, 50_000]] },
    ...{ outage: [0, 20_000], at: 300_000, isEarly: false },
  },
  "the first was killed just now": { fate: { killedAt: 1_000 }, at: 15_000, isEarly: true },
  "the first was killed a lease ago": { fate: { killedAt: 1_000 }, at: 62_000, isEarly: false },
  "the first was told to end": { fate: { endedAt: 1_000 }, at: 2_000, isEarly: false },
  "a lease that nobody extends": { first: ["got x 0"], at: 50_000, isEarly: true },
  "a lease that nobody extends, and that is over": {
    ...{ first: ["got x 0"], at: 60_000, isEarly: false },
  },
  "a lease too short to judge": { fate: { lease: 1 }, at: 300, isEarly: false },
};

for (const [what, { first, fate, outage, at, isEarly }] of Object.entries(OVERLAPS)) {
  Deno.test(`the reckoning of a soak tells what is taken too early: ${what}`, async () => {
    const { early } = await reckonOf(
      [{ lines: first ?? ["handed x 0"], ...fate }, { lines: [`handed x ${at}`] }],
      outage && [outage],
    );
    assert.deepEqual(early, isEarly ? ["x"] : []);
  });
}

Deno.test("the reckoning of a soak believes who was told to end and is done after all", async () => {
  const { done, undone } = await reckonOf([
    { lines: ["put x"] },
    { lines: ["handed x 0", "stopped x 1", "done x 2"], endedAt: 1 },
  ]);
  assert.deepEqual({ done, undone }, { done: 1, undone: [] });
});

Deno.test("the reckoning of a soak does not blame a queue for a late call by uid alone", async () => {
  const { early } = await reckonOf([
    { lines: ["got x 0", "failing x 61000"] },
    { lines: ["handed x 60500"] },
    { lines: ["handed x 61500"] },
  ]);
  assert.deepEqual(early, []);
});

Deno.test("the reckoning of a soak finds what comes out of the order of its key", async () => {
  const { disordered } = await reckonOf([
    {
      lines: [
        ...["handed k@1 0 1", "done k@1 5 1", "handed k@2 5 2"],
        ...["handed a@7 0 3", "done a@7 1 3", "handed a@8 2 4", "done a@8 3 4"],
        ...["handed b@8 0 5", "done b@8 1 5"],
      ],
    },
    { lines: ["handed k@3 9 1", "handed x 9 2"] },
    // One put again after it was done; one whose holder was killed a lease ago; one that was overtaken.
    { lines: ["handed a@7 5 1", "handed c@2 70000 2", "handed b@7 2 3"] },
    { lines: ["handed c@1 0"], killedAt: 5 },
  ]);
  assert.deepEqual(disordered, ["k@3 came beside k@2", "b@7 came after b@8"]);
});

Deno.test("the reckoning of a soak finds second handlers, and attempts above the limit", async () => {
  const { doubled, early, excessive } = await reckonOf([{
    lines: [
      ...["handed x 0 1", "handed x 5 2", "excessive x 5 2"],
      ...["handed y 0 3", "done y 4 3", "handed y 5 4"],
      ...["got z 0 5", "got z 70000 6"], // to come again is how a get recovers
    ],
  }]);
  assert.deepEqual({ doubled, early, excessive }, { doubled: ["x"], early: [], excessive: ["x"] });
});

Deno.test("absences that follow one another are one", () => {
  assert.equal(longestAbsence([], 0, 9_000), 0);
  assert.equal(longestAbsence([[1_000, 2_000]], 0, 9_000), 2_000); // with the recovery
  assert.equal(longestAbsence([[4_000, 5_000], [1_000, 4_000]], 0, 9_000), 5_000);
  assert.equal(longestAbsence([[1_000, 2_000], [5_000, 6_000]], 0, 9_000), 2_000);
  assert.equal(longestAbsence([[1_000, Infinity]], 0, 9_000), 8_000);
  assert.equal(longestAbsence([[1_000, 2_000]], 3_500, 9_000), 0);
  assert.equal(longestAbsence([[-5_000, 100]], 0, 9_000), 6_100);
});

Deno.test("what a soak leaves in Redis is told with its state", async () => {
  await using redis = await startRedis();
  const [inFlight, waiting] = ["srq:left:ackbuf_aging", "srq:left:queue"];
  await redis.command("HSET", "srq:left:items", "a", payload("held"), "b", payload("next"));
  await redis.command("HSET", "srq:left:stats", "put", 2);
  await redis.command("HSET", "srq:left:attempts", "a", 3);
  await redis.command("ZADD", inFlight, 1234, "a");
  await redis.command("LPUSH", waiting, "b");
  await redis.command("SET", "srq:left:paused", 1);
  const command: Command = (name, ...args) => redis.command(name, ...args);
  assert.deepEqual((await itemsOf(command, "left")).toSorted(byLabel), [
    { label: "held", state: `a: ${inFlight} 1234, srq:left:attempts 3` },
    { label: "next", state: `b: ${waiting} 0` },
  ]);
  assert.deepEqual(await describe(command, await keysOf(command)), [
    `${inFlight}: zset of 1`,
    "srq:left:attempts: hash of 1",
    "srq:left:items: hash of 2",
    "srq:left:paused: string",
    `${waiting}: list of 1`,
  ]);
});

function byLabel(a: { label: string }, b: { label: string }): number {
  return a.label < b.label ? -1 : 1;
}
