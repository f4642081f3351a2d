import type { DeadLetters } from "../../dead_letters.ts";
import type { Command, GivenOptions } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { countOf } from "../given_options.ts";
import { exactLineOf } from "../exact_lines.ts";
import { printPages } from "../item_pages.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withQueue } from "../with_queue.ts";
import { print } from "../io/stdout.ts";
import { ESCAPES_HELP } from "../io/table.ts";

export const dead: Command = {
  summary: "lists, requeues or deletes dead letters",
  about:
    "Lists, requeues or deletes the dead letters of a queue: items that have used up their attempts.\n" +
    "list shows them, oldest first. Columns: uid, time of death, attempts, last error, item. It prints an " +
    "aligned table on a terminal, and tab-separated values elsewhere. " + ESCAPES_HELP + "\n" +
    "requeue queues the named dead letters, or all, again and counts their attempts from zero.\n" +
    "delete deletes the named dead letters, or all, for good.",
  operands: {
    usage: "list|requeue|delete [UID...]",
    max: Infinity,
    choices: ["list", "requeue", "delete"],
  },
  options: {
    all: { help: "requeue or delete all dead letters, instead of named ones" },
    limit: { value: "N", help: "list N dead letters at most; default: all" },
    json: { help: "list each dead letter as JSON, with its item as in consumer --json" },
    raw: { help: "list only the items, each as it is, and a newline" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "dead list --limit 10",
    "dead list --raw > dead.txt",
    "dead requeue 019a8c8e-8a3b-7e35-b8ff-17b1c1f6ac3c",
    "dead delete --all --name mails",
  ],

  async run(given, { stop }) {
    const [action, ...uids] = given.operands;
    if (action === undefined) {
      throw new UsageError("The action is missing: list, requeue or delete");
    }
    if (action === "list") {
      const limit = countOf(given, "limit") ?? Infinity;
      refuse(given, "all", action);
      if (uids.length > 0) throw new UsageError("list takes no uid: it lists all dead letters");
      const lineOf = exactLineOf(given);
      await withQueue(given, stop, (queue) =>
        printPages({
          next: (limit, cursor) => queue.list("dead", { limit, cursor }),
          timeTitle: "DIED",
          timeOf: ({ diedAt }) => diedAt,
          ...{ limit, lineOf },
        }));
      return;
    }
    refuse(given, "limit", action);
    refuse(given, "json", action);
    refuse(given, "raw", action);
    const chosen = chosenOf(uids, given.flags.has("all"));
    await withQueue(given, stop, ({ dead }) => change(dead, action as Change, chosen));
  },
};

type Change = "requeue" | "delete";

const DONE: Record<Change, string> = { requeue: "requeued", delete: "deleted" };

function refuse(given: GivenOptions, option: string, action: string): void {
  if (!given.flags.has(option) && !given.values.has(option)) return;
  throw new UsageError(`The option --${option} cannot be used with ${action}`);
}

/** The uids that are named; `undefined` for all. */
function chosenOf(uids: string[], all: boolean): string[] | undefined {
  if (all && uids.length > 0) throw new UsageError("Both uids and --all are given: choose one");
  if (!all && uids.length === 0) {
    throw new UsageError("The uids are missing: name them, or give --all");
  }
  return all ? undefined : [...new Set(uids)];
}

async function change(
  letters: DeadLetters<Uint8Array>,
  action: Change,
  chosen: string[] | undefined,
): Promise<void> {
  const count = await (chosen === undefined ? letters[`${action}All`]() : letters[action](chosen));
  await print(`${count} dead letter${count === 1 ? "" : "s"} ${DONE[action]}\n`);
  const named = chosen?.length ?? count;
  if (count < named) {
    throw new CommandError(`Not among the dead letters: ${named - count} of the ${named} uids`);
  }
}
