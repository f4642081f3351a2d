import { errorText } from "../../error_text.ts";
import { MAX_BYTES } from "../../lua/limits.ts";
import { type ExportedEntry, restore } from "../../lua/restore.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { readExportedLine } from "../exported_lines.ts";
import { splitLines } from "../io/split_lines.ts";
import { stdinUntil } from "../io/stdin.ts";
import { print } from "../io/stdout.ts";
import { itemsText } from "../named_items.ts";
import { QUEUE_OPTIONS } from "../open_queue.ts";
import { withEngine } from "../with_engine.ts";

export const importItems: Command = {
  summary: "stores the items of an export",
  about:
    "Stores the items that export has printed, from stdin: each with its uid and in its state. Those that were in flight " +
    "wait. An item whose uid the queue has stays as it is, so after a crash the same import can be run again. What consumers " +
    "finish meanwhile would come again then: pause the queue until the import is done.",
  options: {
    "dry-run": { help: "only check the lines, and count them" },
    ...QUEUE_OPTIONS,
  },
  examples: ["import --name mails < mails.ndjson", "export --name a | {} import --name b"],

  async run(given, { stop }) {
    const isDry = given.flags.has("dry-run");
    let read = 0, stored = 0;
    const action = async (store: (entries: ExportedEntry[]) => Promise<void>) => {
      for await (const lines of splitLines(stdinUntil(stop))) {
        let batch: ExportedEntry[] = [], bytes = 0, wrong: unknown;
        for (const line of lines) {
          try {
            if (line.length > 0) batch.push(readExportedLine(line));
          } catch (error) {
            wrong = error;
            break;
          }
          read++;
          bytes += line.length;
          if (batch.length < BATCH && bytes < MAX_BYTES) continue;
          await store(batch);
          [batch, bytes] = [[], 0];
        }
        if (batch.length > 0) await store(batch);
        if (wrong === undefined) continue;
        throw new CommandError(
          `Line ${read + 1} is none of an export: ${errorText(wrong)}; ${
            itemsText(stored)
          } imported`,
        );
      }
    };
    let there = 0;
    await withEngine(given, stop, async (engine, tell) => {
      await action(async (entries) => {
        const isNew = isDry
          ? entries.map(() => true)
          : await engine.run((connection, keys) => restore(connection, keys, entries));
        stored += isNew.filter((is) => is).length;
        there += isNew.filter((is) => !is).length;
        tell(stored + there);
      });
    }, { isNew: true });
    const known = there === 0 ? "" : `, ${there} were there already`;
    await print(`${itemsText(stored)} ${isDry ? "would be imported" : "imported"}${known}\n`);
  },
};

/** How many items one script stores. */
const BATCH = 500;
