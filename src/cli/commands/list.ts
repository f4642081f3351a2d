import type { ItemState, QueueEntry } from "../../queue_entry.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { exactLineOf } from "../exact_lines.ts";
import { countOf } from "../given_options.ts";
import { ESCAPES_HELP } from "../io/table.ts";
import { printPages } from "../item_pages.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";

/** What the table shows of the items of a state. */
interface Shown {
  state: ItemState;
  timeTitle: string;
  timeOf: (entry: QueueEntry<Uint8Array>) => Date | undefined;
}

/** The states, as a shell has them: without a space. */
export const STATES: Record<string, Shown> = {
  waiting: { state: "waiting", timeTitle: "PUT", timeOf: ({ enqueuedAt }) => enqueuedAt },
  delayed: { state: "delayed", timeTitle: "DUE", timeOf: ({ dueAt }) => dueAt },
  "in-flight": {
    ...{ state: "in flight", timeTitle: "LEASE ENDS", timeOf: ({ leaseEndsAt }) => leaseEndsAt },
  },
  dead: { state: "dead", timeTitle: "DIED", timeOf: ({ diedAt }) => diedAt },
};

export const list: Command = {
  summary: "lists the items of a state",
  about:
    "Lists the items of a state, the oldest first: waiting, delayed, in-flight or dead. Columns: uid, time of the " +
    "put (waiting), time when it is due (delayed), its lease ends (in-flight) or it died (dead), attempts, last error, " +
    "item. Items that move meanwhile may be listed twice, or not.\n" +
    "Prints an aligned table on a terminal, and tab-separated values elsewhere. " + ESCAPES_HELP,
  operands: { usage: Object.keys(STATES).join("|"), max: 1, choices: Object.keys(STATES) },
  options: {
    limit: { value: "N", help: "list N items at most; default: all" },
    match: { value: "TEXT", help: "list only items whose uid or payload contains TEXT" },
    json: { help: "print each item as JSON, with all that is known of it" },
    raw: { help: "print only the items, each as it is, and a newline" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "list waiting --limit 10",
    "list delayed --match @example.org --json",
    "list in-flight --name mails | cut -f 1",
  ],

  async run(given, { stop }) {
    const shown = STATES[given.operands[0] ?? ""];
    if (shown === undefined) throw new UsageError("The state is missing");
    const { state, ...columns } = shown;
    const limit = countOf(given, "limit") ?? Infinity;
    const search = given.values.get("match");
    const lineOf = exactLineOf(given);
    await withQueue(given, stop, (queue) =>
      printPages({
        next: (limit, cursor) => queue.list(state, { limit, cursor, search }),
        ...{ ...columns, limit, lineOf },
      }));
  },
};
