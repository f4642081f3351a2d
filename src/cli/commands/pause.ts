import type { Command } from "../command.ts";
import { nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";
import { print } from "../io/stdout.ts";

export const pause: Command = {
  summary: "stops the delivery of items until resume",
  about:
    "Pauses a queue: its consumers get no items until it is resumed. Items can still be put, and items in " +
    "flight can be finished. Consumers that use the Python library ignore the pause.",
  options: QUEUE_OPTIONS,
  examples: ["pause", "pause --name mails"],

  async run(given, { stop }) {
    await withQueue(given, stop, async (queue) => {
      const changed = await queue.pause();
      const name = JSON.stringify(nameOf(given));
      await print(`The queue ${name} ${changed ? "is" : "was already"} paused\n`);
    });
  },
};
