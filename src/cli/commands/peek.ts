import { MAX_ITEMS } from "../../lua/limits.ts";
import { quoteWithoutPassword } from "../../connection/redis_url.ts";
import type { Command } from "../command.ts";
import { concat } from "../io/concat.ts";
import { UsageError } from "../errors.ts";
import { itemCell, putTimeCell } from "../io/table_cells.ts";
import { exactLineOf } from "../exact_lines.ts";
import { headersField } from "../io/item_lines.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";
import { print } from "../io/stdout.ts";
import { ESCAPES_HELP, tableText, terminalOfStdout } from "../io/table.ts";

const DEFAULT_COUNT = 10;

export const peek: Command = {
  summary: "shows the next items of a queue without taking them",
  about:
    `Shows the next N items of a queue (default: ${DEFAULT_COUNT}) and leaves them there. Columns: uid, time of ` +
    "the put, size in bytes, item.\n" +
    "Prints an aligned table on a terminal, and tab-separated values elsewhere. " + ESCAPES_HELP,
  operands: { usage: "[N]", max: 1 },
  options: {
    json: { help: "print each item as JSON, like consumer --json" },
    raw: { help: "print only the items, each as it is, and a newline" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "peek",
    "peek 1 --json | jq .item",
    "peek 1000 --raw > next.txt",
    "peek 1000 --name mails | cut -f 1",
  ],

  async run(given, { stop }) {
    const count = countOf(given.operands[0]);
    const lineOf = exactLineOf(given);
    await withQueue(given, stop, async (queue) => {
      const items = await queue.peek(count);
      if (lineOf !== undefined) {
        const lines = items.map(({ uid, bytes, headers }) =>
          lineOf(uid, bytes, headersField(headers))
        );
        await print(concat(lines));
        return;
      }
      const rows = items.map((
        { uid, bytes },
      ) => [uid, putTimeCell(uid), String(bytes.length), itemCell(bytes)]);
      await print(tableText(COLUMNS, rows, terminalOfStdout()));
    });
  },
};

const COLUMNS = [
  { title: "UID" },
  { title: "PUT" },
  { title: "BYTES", right: true },
  { title: "ITEM" },
];

function countOf(word = String(DEFAULT_COUNT)): number {
  const count = Number(word);
  if (/^\d+$/.test(word) && count >= 1 && count <= MAX_ITEMS) return count;
  throw new UsageError(
    `Cannot show ${quoteWithoutPassword(word)} items: expected a number from 1 to ${MAX_ITEMS}`,
  );
}
