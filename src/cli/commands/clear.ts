import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";
import { print } from "../io/stdout.ts";

export const clear: Command = {
  summary: "deletes all items of a queue",
  about:
    "Deletes all items of a queue (waiting, delayed, in flight and dead) and its totals. A paused queue " +
    "stays paused.",
  options: {
    yes: { help: "confirm that this is meant; without it nothing is deleted" },
    ...QUEUE_OPTIONS,
  },
  examples: ["clear --name mails --yes"],

  async run(given, { stop }) {
    const name = JSON.stringify(nameOf(given));
    if (!given.flags.has("yes")) {
      throw new UsageError(
        `This deletes all items of the queue ${name} for good: add --yes to confirm`,
      );
    }
    await withQueue(given, stop, async (queue) => {
      await queue.clear();
      await print(`The queue ${name} is empty now\n`);
    });
  },
};
