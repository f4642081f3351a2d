import type { Command } from "../command.ts";
import { nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";
import { print } from "../io/stdout.ts";

export const resume: Command = {
  summary: "ends the pause of a queue",
  about: "Ends the pause of a queue. Its consumers get items again at once.",
  options: QUEUE_OPTIONS,
  examples: ["resume", "resume --name mails"],

  async run(given, { stop }) {
    await withQueue(given, stop, async (queue) => {
      const changed = await queue.resume();
      const name = JSON.stringify(nameOf(given));
      await print(`The queue ${name} ${changed ? "is resumed" : "was not paused"}\n`);
    });
  },
};
