import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { LEASE_OPTION, QUEUE_OPTIONS } from "../open_queue.ts";
import { EXEC_OPTIONS, runForEachItem } from "../run_for_each_item.ts";

export const worker: Command = {
  summary: "runs a command for each item of a queue",
  about:
    "Runs COMMAND for each item of a queue, with the item on its stdin, the item's uid in its environment " +
    "as SRQ_UID, and as SRQ_ATTEMPT how often the item was delivered, 1 at first. When COMMAND exits with " +
    "0 the item is done. Otherwise it has failed, and is queued again or, after its last attempt, a dead " +
    "letter; the end of what COMMAND wrote to stderr is kept as the reason.\n" +
    "Runs until stopped: the first Ctrl-C or SIGTERM lets the runs under way finish, however long they " +
    "take, the second kills them and gives their items back.",
  operands: { usage: "-- COMMAND [ARGUMENT...]", max: Infinity, commandLine: true },
  options: {
    ...EXEC_OPTIONS,
    count: { value: "N", help: "stop after N items; no more are taken" },
    timeout: {
      value: "S",
      help: "end a run that takes longer than S seconds; its item has failed",
    },
    ...LEASE_OPTION,
    ...QUEUE_OPTIONS,
  },
  examples: [
    "worker --name mails --max-attempts 5 --backoff exponential -- sendmail -t",
    "worker --name urls --concurrency 4 --arg -- curl -sSO",
    "worker --name numbers --drain -- sh -c 'echo $SRQ_UID: $(cat)'",
  ],
  givesBack: true,

  async run(given, signals) {
    const [program, ...args] = given.operands;
    if (program === undefined) throw new UsageError("The command to run is missing, after a --");
    await runForEachItem(given, { program, args }, signals);
  },
};
