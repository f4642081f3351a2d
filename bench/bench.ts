/**
 * Compares the queue with others, on a private Redis: deno task bench --quick
 *
 * Each figure comes from several rounds. In each round, every queue is measured once, in a process of its own.
 */
import { parseArgs } from "@std/cli/parse-args";
import { startPrivateRedis } from "../src/cli/private_redis.ts";
import { chart } from "./chart.ts";
import { choose } from "./choice.ts";
import { describeEnvironment } from "./environment.ts";
import type { Outcome, Task } from "./measure_one.ts";
import { MEASURES } from "./measures/mod.ts";
import { runProgram } from "./run_program.ts";
import { QUEUE_NAMES } from "./queues/mod.ts";
import { Results } from "./results.ts";
import { table } from "./table.ts";

const HELP = `Usage: deno task bench [options]

Compares the queue with others, on a private Redis.

  --quick        run one round with fewer items: rough figures in less than a minute
  --only NAME    run only this measure, or compare with this queue only; can be repeated
  --rounds N     measure everything N times; default: 5
  --json FILE    write all figures to FILE
  --chart FILE   draw the most important figures to FILE, as SVG
  --help         show this help

Measures:
${
  Object.entries(MEASURES).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}\n`).join(
    "",
  )
}
Queues: ${QUEUE_NAMES.join(", ")}
`;

async function main(): Promise<number> {
  const given = parseArgs(Deno.args, {
    boolean: ["quick", "help"],
    string: ["only", "rounds", "json", "chart"],
    collect: ["only"],
    unknown: (argument) => {
      throw new Error(`Unknown argument ${argument}; see --help`);
    },
  });
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  const { measures, queues } = choose(given.only, given.quick);
  const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));

  const directory = await Deno.makeTempDir();
  try {
    const socket = `${directory}/redis.sock`;
    await using redis = await startPrivateRedis(["--unixsocket", socket]);
    if (redis === undefined) throw new Error("Please install redis-server or valkey-server");
    const environment = await describeEnvironment(redis.port);
    const results = new Results();
    const failures: string[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const measure of measures) {
        for (const queue of MEASURES[measure]!.queues ?? QUEUE_NAMES) {
          if (!queues.includes(queue)) continue;
          console.error(`round ${round} of ${rounds}: ${measure}, ${queue}`);
          const address = { port: redis.port, socket };
          const task: Task = { measure, queue, address, quick: given.quick };
          try {
            results.add(queue, await runProgram<Outcome>("measure_one", task));
          } catch (error) {
            failures.push(`FAILED: ${measure}, ${queue}: ${error}`);
          }
        }
      }
    }
    const rows = results.rows();
    console.log(`${environment}\n\n${table(rows)}`);
    for (const failure of failures) console.error(failure);
    if (given.json) {
      await Deno.writeTextFile(given.json, JSON.stringify({ environment, rounds, rows }, null, 2));
    }
    if (given.chart) await Deno.writeTextFile(given.chart, chart(rows, environment));
    return failures.length;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
