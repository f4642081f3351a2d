/** The program that bench.ts starts for one measure of one queue. */
import { MEASURES } from "./measures/mod.ts";
import { type QueueName, QUEUES } from "./queues/mod.ts";
import type { Reading } from "./reading.ts";
import { startRedis } from "./redis.ts";
import { Server } from "./server.ts";

export interface Task {
  measure: string;
  queue: QueueName;
  atOnce: number;
  quick: boolean;
  settings: string[];
}

export interface Outcome {
  /** The queue's name, as printed. */
  title: string;
  readings: Reading[];
}

const { measure, queue, ...task }: Task = JSON.parse(Deno.args[0]!);
const outcome = await run();
console.log(JSON.stringify(outcome));
Deno.exit();

/** On a Redis of its own, so that it does not meet what another measure left. */
async function run(): Promise<Outcome> {
  await using redis = await startRedis(task.settings);
  const { address } = redis;
  using server = await Server.connect(address.port);
  const contestant = await QUEUES[queue]();
  const open = () => contestant.open(address);
  const readings = await MEASURES[measure]!.run({ address, server, open, ...task });
  return { title: contestant.title, readings };
}
