import type { Command } from "../command.ts";
import { lookAfter, nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { print } from "../io/stdout.ts";

export const pause: Command = {
  summary: "lets consumers wait until resume",
  about:
    "Pauses a queue for all its consumers: they get no item until it is resumed. Items can still be put, and " +
    "those in flight are finished. Consumers of the Python library do not see the pause.",
  options: QUEUE_OPTIONS,
  examples: ["pause", "pause --name mails"],

  async run(given, { stop }) {
    await lookAfter(given, stop, async (queue) => {
      const changed = await queue.pause();
      const name = JSON.stringify(nameOf(given));
      await print(`The queue ${name} ${changed ? "is" : "was already"} paused\n`);
    });
  },
};
