import type { QueueEntry, QueueList } from "../queue_entry.ts";
import { concat } from "./io/concat.ts";
import { type asJson, type asRaw, headersField } from "./io/item_lines.ts";
import { print } from "./io/stdout.ts";
import { type Column, tableText, terminalOfStdout } from "./io/table.ts";
import { itemCell, timeCell } from "./io/table_cells.ts";
import type { exactLineOf } from "./exact_lines.ts";

type Entry = QueueEntry<Uint8Array>;

/** How items are printed. */
export interface PagesOptions {
  /** The next page, of at most `limit` items. */
  next: (limit: number, cursor: string | undefined) => Promise<QueueList<Uint8Array>>;
  /** How many items to print. */
  limit: number;
  /** The title of the time that the table shows. */
  timeTitle: string;
  timeOf: (entry: Entry) => Date | undefined;
  lineOf: ReturnType<typeof exactLineOf>;
}

const PAGE = 100;

/** Prints items page by page, since there may be many, and large ones. */
export async function printPages(options: PagesOptions): Promise<void> {
  const { next, limit, timeTitle, timeOf, lineOf } = options;
  const terminal = terminalOfStdout();
  const columns: Column[] = [
    { title: "UID" },
    { title: timeTitle },
    { title: "ATTEMPTS", right: true },
    { title: "ERROR", max: 50 },
    { title: "ITEM" },
  ];
  const rowOf = (entry: Entry) => {
    const { uid, attempts, error, bytes } = entry;
    return [uid, timeOrDash(timeOf(entry)), String(attempts), error, itemCell(bytes)];
  };
  let left = limit;
  let cursor: string | undefined;
  do {
    const page = await next(Math.min(left, PAGE), cursor);
    ({ cursor } = page);
    left -= page.items.length;
    const text = lineOf === undefined
      ? tableText(columns, page.items.map(rowOf), terminal)
      : concat(page.items.map((entry) => exactLine(entry, lineOf)));
    if (!await print(text)) return;
  } while (cursor !== undefined && left > 0);
}

/** A time as a cell of a table. */
export function timeOrDash(time: Date | undefined): string {
  return time === undefined ? "-" : timeCell(time);
}

/** An item exactly as --json or --raw print it. */
export function exactLine(entry: Entry, lineOf: typeof asJson | typeof asRaw): Uint8Array {
  const { uid, bytes, payload: _payload, headers, ...known } = entry;
  return lineOf(uid, bytes, { ...known, ...headersField(headers) });
}
