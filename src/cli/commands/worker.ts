import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { renamed } from "../given_options.ts";
import { LEASE_OPTION, QUEUE_OPTIONS } from "../open_queue.ts";
import { EXEC_OPTIONS } from "../exec_options.ts";
import { runForEachItem } from "../run_for_each_item.ts";

export const worker: Command = {
  summary: "runs a command for each item of a queue",
  about:
    "Runs COMMAND for each item of a queue. COMMAND gets the item on its stdin, with a newline at its end " +
    "(--raw: without), the item's uid in the environment variable SRQ_UID, the number of the attempt (1, 2, ...) in " +
    "SRQ_ATTEMPT, and its order key, if it has one, in SRQ_ORDER_KEY. If COMMAND " +
    "exits with 0, the item is done and deleted. Otherwise the item has failed: it is queued again or, " +
    "after its last attempt, becomes a dead letter. The end of what COMMAND wrote to stderr is kept as the " +
    "reason.\n" +
    "With --drain it ends when nothing waits, and prints one line on stderr: deliveries acked and failed, " +
    "items that died, and those of the queue that are still delayed. Its exit code is 3 if items have failed " +
    "and are not done, and 4 if the queue is paused. An item whose output can't be written to stdout any " +
    "more goes back to the queue, and the worker ends.\n" +
    "Runs until it is stopped. After the first Ctrl-C or SIGTERM it starts no more runs, and waits for the " +
    "current ones, however long they take. The second kills them and gives their items back.",
  operands: { usage: "-- COMMAND [ARGUMENT...]", max: Infinity, commandLine: true },
  options: {
    ...EXEC_OPTIONS,
    count: { value: "N", help: "take N items at most, then stop" },
    timeout: { value: "S", help: "the old name of --run-timeout" },
    ...LEASE_OPTION,
    ...QUEUE_OPTIONS,
  },
  examples: [
    "worker --name mails --max-attempts 5 --backoff exponential -- sendmail -t",
    "worker --name urls --concurrency 4 --arg -- curl -sSO",
    "worker --name numbers --drain -- sh -c 'read -r number; echo \"$number: $((number * number))\"'",
  ],
  givesBack: true,

  async run(given, signals) {
    const [program, ...args] = given.operands;
    if (program === undefined) {
      throw new UsageError("The command to run is missing: give it after --");
    }
    await runForEachItem(renamed(given, "timeout", "run-timeout"), { program, args }, signals);
  },
};
