/**
 * Compares the queue with others, on a private Redis: deno task bench --quick
 *
 * Each figure comes from several runs, in which the queues take turns: in each run, every queue is measured once, in a
 * process and on a Redis of its own.
 */
import { parseArgs } from "@std/cli/parse-args";
import { choose } from "./choice.ts";
import { describeEnvironment } from "./environment.ts";
import type { Outcome, Task } from "./measure_one.ts";
import { MEASURES } from "./measures/mod.ts";
import { OURS, QUEUE_NAMES, SAMPLERS } from "./queues/mod.ts";
import { startRedis } from "./redis.ts";
import { describeFigures, Results } from "./results.ts";
import { runProgram } from "./run_program.ts";
import { table } from "./table.ts";
import { TelemetrySink } from "./telemetry_sink.ts";
import { writePages } from "./write_pages.ts";

const HELP = `Usage: deno task bench [options] [measures and queues]

Compares the queue with others, on a private Redis.

  deno task bench --quick
  deno task bench consume saferedisqueue bullmq --concurrency 1,100

  --quick            run once with fewer items: rough figures in two minutes; else it takes most of an hour
  --runs N           measure everything N times; default: 5
  --concurrency N,N  how many items at once, for consume and produce; default: 1,10,100 and 1,10,1000
  --persistence      with an append-only file that is written to disk every second
  --before FOLDER    measure our queue of another working copy, too, which has a copy of this bench/
  --json FILE        write all figures to FILE
  --write            write the figures into README.md and docs/
  --help             show this help

Measures:
${
  Object.entries(MEASURES).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}\n`).join(
    "",
  )
}
Queues: ${QUEUE_NAMES.join(", ")}
`;

/** As people run a Redis that is to keep its data. */
const PERSISTENCE = ["--appendonly", "yes", "--appendfsync", "everysec"];

async function main(): Promise<number> {
  const given = parseArgs(Deno.args, {
    boolean: ["quick", "persistence", "write", "help"],
    string: ["_", "runs", "concurrency", "before", "json"],
    unknown: (argument) => {
      if (argument.startsWith("-")) throw new Error(`Unknown option ${argument}; see --help`);
    },
  });
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  if (given.write && given.before !== undefined) {
    throw new Error("--write and --before: the pages show one version");
  }
  const { quick, persistence } = given;
  const settings = persistence ? PERSISTENCE : [];
  const atOnce = given.concurrency?.split(",").map((text) => countOf("--concurrency", text));
  const tasks = choose({ names: given._.map(String), atOnce, quick, settings });
  const runs = countOf("--runs", given.runs ?? (quick ? "1" : "5"));

  const environment = await describeEnvironment(settings);
  const results = new Results();
  const failures: string[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const task of tasks) {
      const { queue } = task;
      const what = `${task.measure}, ${queue}, ${task.atOnce} at once`;
      console.error(`run ${run} of ${runs}: ${what}`);
      try {
        results.add(queue, await measure(task));
        if (given.before === undefined || !queue.startsWith(OURS)) continue;
        results.add(queue, earlier(await measure(task, given.before)));
      } catch (error) {
        failures.push(`FAILED: ${what}: ${error}`);
      }
    }
  }
  const report = { environment, persistence, runs, rows: results.rows() };
  console.log(`${describeFigures(report)}\n\n${table(report.rows)}`);
  for (const failure of failures) console.error(failure);
  if (given.json) await Deno.writeTextFile(given.json, JSON.stringify(report, null, 2));
  if (given.write) await writePages(report);
  return failures.length;
}

/** Measures on a Redis of its own, so that nothing is there that another measure left. */
async function measure(task: Omit<Task, "address">, copy?: string): Promise<Outcome> {
  await using redis = await startRedis(task.settings);
  const { address } = redis;
  const sampler = SAMPLERS[task.queue];
  if (sampler === undefined) return await runProgram("measure_one", { ...task, address }, copy);
  await using sink = new TelemetrySink(sampler);
  return await runProgram("measure_one", { ...task, address }, copy, sink.environment);
}

/** Marks figures as those of another working copy. */
function earlier({ title, readings }: Outcome): Outcome {
  return { title, readings: readings.map((reading) => ({ of: `${title}, before`, ...reading })) };
}

function countOf(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${option} ${text}: expected whole numbers above 0`);
}

if (import.meta.main) Deno.exit(await main());
