import { report } from "../../report.ts";
import type { Command } from "../command.ts";
import { CONSUMER_COLUMNS, consumerRow } from "../consumer_table.ts";
import { print } from "../io/stdout.ts";
import { ESCAPES_HELP, tableText, terminalOfStdout } from "../io/table.ts";
import { nameOf, QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";

export const consumers: Command = {
  summary: "shows who consumes a queue",
  about:
    "Shows the programs that consume a queue, the longest there first. Columns: host, number of the process, name " +
    "(the option instance), items in hand, how many it handles at once, since when it consumes, when it said so last, " +
    "id. A program appears a second after it began. One that crashed is gone after a minute, or later if it looks at " +
    "Redis rarely (idleInterval). Consumers of the Python library do not show themselves.\n" +
    "Prints an aligned table on a terminal, and tab-separated values elsewhere. " + ESCAPES_HELP,
  options: {
    json: { help: "print each consumer as JSON, one on each line" },
    ...QUEUE_OPTIONS,
  },
  examples: ["consumers", "consumers --name mails", "consumers --json | jq .host"],

  async run(given, { stop }) {
    await withQueue(given, stop, async (queue) => {
      const consumers = await queue.consumers();
      if (consumers.length === 0) {
        report(`Nobody consumes the queue ${JSON.stringify(nameOf(given))}`);
      }
      await print(
        given.flags.has("json")
          ? consumers.map((consumer) => `${JSON.stringify(consumer)}\n`).join("")
          : tableText(CONSUMER_COLUMNS, consumers.map(consumerRow), terminalOfStdout()),
      );
    });
  },
};
