import type { Command } from "../command.ts";
import { lookAfter, nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { print } from "../io/stdout.ts";

export const resume: Command = {
  summary: "lets the consumers of a paused queue go on",
  about: "Lets the consumers of a paused queue go on; they do within half a second.",
  options: QUEUE_OPTIONS,
  examples: ["resume", "resume --name mails"],

  async run(given, { stop }) {
    await lookAfter(given, stop, async (queue) => {
      const changed = await queue.resume();
      const name = JSON.stringify(nameOf(given));
      await print(`The queue ${name} ${changed ? "goes on" : "was not paused"}\n`);
    });
  },
};
