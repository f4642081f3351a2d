import type { QueueEngine } from "../../engine/engine.ts";
import { find } from "../../lua/find.ts";
import type { StoredEntry } from "../../lua/parts/entries.ts";
import { report } from "../../report.ts";
import { type Choice, CHOICE_OPTIONS, choiceOf, chosenItems } from "../chosen_items.ts";
import type { Command } from "../command.ts";
import { exportedLine } from "../exported_lines.ts";
import { print } from "../io/stdout.ts";
import { itemsText } from "../named_items.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withEngine } from "../with_engine.ts";

export const exportItems: Command = {
  summary: "prints all items of a queue, for import",
  about:
    "Prints items of a queue, one JSON object on each line, for the command import: all, or those that the options " +
    "choose. A line has all that is known of the item: uid, state, dueAt, diedAt, attempts, error, orderKey, headers, and the payload " +
    "as text, or as base64 if it is not UTF-8. Nothing is changed.\n" +
    "For a copy of one moment pause the queue first: what moves meanwhile may be printed twice, or not. Import stores an " +
    "item once.",
  options: {
    ...CHOICE_OPTIONS,
    "dry-run": { help: "only count the items" },
    ...QUEUE_OPTIONS,
  },
  examples: [
    "export --name mails > mails.ndjson",
    "export --name mails --state dead --match timeout | jq -r .uid",
  ],

  async run(given, { stop }) {
    const choice = choiceOf(given, ["in flight", "delayed", "dead", "waiting"]);
    const isDry = given.flags.has("dry-run");
    let count = 0;
    await withEngine(given, stop, async (engine, tell) => {
      for await (const batch of exported(engine, choice, stop)) {
        const entries = batch.slice(0, choice.limit - count);
        if (!isDry && !await print(entries.map(exportedLine).join(""))) return;
        tell(count += entries.length);
        if (count === choice.limit) return;
      }
    }, { isQuiet: !isDry && Deno.stdout.isTerminal() });
    if (isDry) await print(`${itemsText(count)} would be exported\n`);
    else report(`${itemsText(count)} exported`);
  },
};

/** The items in an order in which they can be imported. */
async function* exported(
  engine: QueueEngine,
  choice: Choice,
  stop: AbortSignal,
): AsyncGenerator<StoredEntry[]> {
  /** Items that have the turn of their order key, and were printed. */
  const heads = new Set<string>();
  for (const state of choice.states) {
    for await (const batch of chosenItems(engine, state, choice, stop)) {
      const entries: StoredEntry[] = [];
      for (const entry of batch) {
        const { uid, head } = entry;
        if (heads.has(uid)) continue;
        if (choice.isWhole && state === "waiting" && head !== undefined && !heads.has(head)) {
          heads.add(head);
          // It may wait far behind those of its key whose turn has not come, and must be there before them.
          const first = head === uid ? entry : await findHead(engine, head);
          if (first?.state === "waiting") entries.push(first);
          if (head === uid) continue;
        }
        entries.push(entry);
      }
      yield entries;
    }
  }
}

function findHead(engine: QueueEngine, uid: string): Promise<StoredEntry | undefined> {
  return engine.run((connection, keys) => find(connection, keys, uid));
}
