import { SafeRedisQueue } from "../../mod.ts";
import { Ledger } from "../ledger.ts";
import { sleep } from "../loops.ts";
import type { Measure } from "../measure.ts";

export const autoclean: Measure = {
  summary: "the longest time for which requeueing abandoned items blocks Redis",
  queues: ["saferedisqueue"],
  async run({ address, server, quick }) {
    const count = quick ? 20_000 : 100_000;
    const { port } = address;
    const name = "autoclean";
    {
      await using consumer = new SafeRedisQueue({ port, name, autocleanInterval: null });
      await consumer.putMany(new Ledger(count).payloads());
      for (let taken = 0; taken < count;) taken += (await consumer.getMany(1_000, -1)).length;
    }
    await server.command("CONFIG", "SET", "slowlog-log-slower-than", 0, "slowlog-max-len", 100_000);
    await server.command("SLOWLOG", "RESET");
    await using cleaner = new SafeRedisQueue({ port, name, autocleanInterval: 1 });
    while (await cleaner.size() < count) await sleep(20);
    const entries = await server.command("SLOWLOG", "GET", -1) as SlowCommand[];
    const longest = Math.max(...entries.map(([, , micros]) => micros));
    return [{
      figure: `autoclean of ${count} items, longest step`,
      value: longest / 1_000,
      unit: "ms",
    }];
  },
};

type SlowCommand = [id: number, at: number, micros: number, ...rest: unknown[]];
