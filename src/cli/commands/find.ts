import { quoteWithoutPassword } from "../../connection/redis_url.ts";
import type { QueueEntry } from "../../queue_entry.ts";
import type { Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { exactLineOf } from "../exact_lines.ts";
import { print } from "../io/stdout.ts";
import { ESCAPES_HELP, tableText, terminalOfStdout } from "../io/table.ts";
import { itemCell } from "../io/table_cells.ts";
import { exactLine, timeOrDash } from "../item_pages.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";

export const find: Command = {
  summary: "shows one item, whatever its state",
  about:
    "Shows all that is known of an item: its state (waiting, delayed, in flight or dead), when it was put, is " +
    "due or died, or its lease ends, attempts, last error, order key, headers, size in bytes, and the item. It fails if " +
    "there is no such item: it is done, was deleted, or never was.\n" +
    "Prints an aligned table on a terminal, and tab-separated values elsewhere. " + ESCAPES_HELP,
  operands: { usage: "UID", max: 1 },
  options: {
    json: { help: "print a JSON object, with the item as in consumer --json" },
    raw: { help: "print only the item, as it is, and a newline" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "find 019a8c8e-8a3b-7e35-b8ff-17b1c1f6ac3c",
    "find report-2026-05 --name reports --json | jq .state",
  ],

  async run(given, { stop }) {
    const [uid] = given.operands;
    if (uid === undefined) throw new UsageError("The uid is missing");
    const lineOf = exactLineOf(given);
    await withQueue(given, stop, async (queue) => {
      const entry = await queue.find(uid);
      if (entry === null) throw new CommandError(`There is no item ${quoteWithoutPassword(uid)}`);
      await print(lineOf === undefined ? textOf(entry) : exactLine(entry, lineOf));
    });
  },
};

const COLUMNS = [{ title: "FIELD" }, { title: "VALUE" }];

function textOf(entry: QueueEntry<Uint8Array>): string {
  const { uid, state, enqueuedAt, dueAt, leaseEndsAt, diedAt, attempts, error, orderKey } = entry;
  const { headers, bytes } = entry;
  const times = Object.entries({ due: dueAt, "lease-ends": leaseEndsAt, died: diedAt });
  const rows = [
    ["uid", uid],
    ["state", state],
    ["put", timeOrDash(enqueuedAt)],
    ...times.flatMap(([name, time]) => time === undefined ? [] : [[name, timeOrDash(time)]]),
    ["attempts", String(attempts)],
    ["error", error],
    ["order-key", orderKey ?? "-"],
    ...Object.entries(headers).map(([name, value]) => [`header ${name}`, value]),
    ["bytes", String(bytes.length)],
    ["item", itemCell(bytes)],
  ];
  return tableText(COLUMNS, rows, terminalOfStdout());
}
