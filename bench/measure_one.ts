/** The program that bench.ts starts for one measure of one queue. */
import type { Address } from "./bench_queue.ts";
import { MEASURES } from "./measures/mod.ts";
import { type QueueName, QUEUES } from "./queues/mod.ts";
import type { Reading } from "./reading.ts";
import { Server } from "./server.ts";

export interface Task {
  measure: string;
  queue: QueueName;
  address: Address;
  quick: boolean;
}

export interface Outcome {
  /** The queue's name, as printed. */
  title: string;
  readings: Reading[];
}

const { measure, queue, address, quick }: Task = JSON.parse(Deno.args[0]!);
using server = new Server(address.port);
await server.command("FLUSHALL");
const contestant = await QUEUES[queue]();
const readings = await MEASURES[measure]!.run({
  address,
  server,
  open: () => contestant.open(address),
  quick,
});
const outcome: Outcome = { title: contestant.title, readings };
console.log(JSON.stringify(outcome));
Deno.exit();
