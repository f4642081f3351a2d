import assert from "node:assert/strict";
import { type Fate, Ledger, reckon } from "../soak/ledger.ts";
import { report, soak } from "../soak/soak.ts";

Deno.test("under faults that come by chance nothing is lost", async () => {
  const outcome = await soak(0.3);
  const text = report(outcome);
  assert.deepEqual(outcome.lost, [], text);
  assert.deepEqual(outcome.strays, [], text);
  assert.deepEqual(outcome.crashes, [], text);
  assert(Object.keys(outcome.faults).length > 2, text);
  assert(outcome.put > 1_000, text);
});

Deno.test("the reckoning of a soak tells what is lost, and why what came again", async () => {
  const dir = await Deno.makeTempDir();
  const fate = (name: string, rest: Partial<Fate> = {}): Fate & { ledger: Ledger } => {
    const path = `${dir}/${name}`;
    return { path, ledger: new Ledger(path), wasKilled: false, suspended: [], ...rest };
  };
  try {
    const producer = fate("producer");
    const killed = fate("killed", { wasKilled: true });
    const suspended = fate("suspended", { suspended: [[0, Infinity]] });
    const [first, second] = [fate("first"), fate("second")];
    for (const uid of ["fine", "lost", "held", "failed", "again", "slow", "killed", "late"]) {
      producer.ledger.note("put", uid);
    }
    producer.ledger.note("doubtful", "doubtful");
    const get = async (
      by: { ledger: Ledger },
      uid: string,
      ...events: ("acked" | "acking" | "failing" | "gone")[]
    ) => {
      by.ledger.note("got", uid);
      for (const event of events) by.ledger.note(event, uid);
      await new Promise((resolve) => setTimeout(resolve, 2)); // the next has another time
    };
    await get(first, "fine", "acking", "acked");
    await get(first, "held");
    await get(first, "failed", "failing");
    await get(second, "failed", "acking", "acked");
    await get(first, "again", "acking", "acked");
    await get(second, "again", "acking", "acked");
    await get(killed, "killed", "acking");
    await get(second, "killed", "acking", "gone");
    await get(suspended, "late");
    await get(second, "late", "acking", "acked");
    await get(first, "slow", "acking", "acked");
    await get(second, "slow", "acking", "gone");

    assert.deepEqual(await reckon([producer, killed, suspended, first, second]), {
      put: 8,
      acked: 6,
      doubtful: 1,
      again: {
        "its consumer failed it": 1,
        "it was done, and its put was sent again": 1,
        "its consumer was killed": 1,
        "its consumer was suspended past its lease": 1,
        "its lease ran out while Redis was away": 1,
      },
      lost: ["lost", "held"],
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
