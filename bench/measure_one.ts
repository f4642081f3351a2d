/** The program that bench.ts starts for one measure of one queue. */
import type { Address } from "./bench_queue.ts";
import { MEASURES } from "./measures/mod.ts";
import { type QueueName, QUEUES } from "./queues/mod.ts";
import type { Reading } from "./reading.ts";
import { Server } from "./server.ts";

export interface Task {
  address: Address;
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
const { address } = task;
using server = await Server.connect(address.port);
const contestant = await QUEUES[queue]();
const open = () => contestant.open(address);
const readings = await MEASURES[measure]!.run({ ...task, server, open });
const outcome: Outcome = { title: contestant.title, readings };
console.log(JSON.stringify(outcome));
Deno.exit();
