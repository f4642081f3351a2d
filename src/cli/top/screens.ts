import type { Consumer } from "../../consumers.ts";
import { CONSUMER_COLUMNS, consumerRow } from "../consumer_table.ts";
import { cut, escaped, tableText } from "../io/table.ts";
import { itemCell } from "../io/table_cells.ts";
import { queueTable } from "./queue_table.ts";
import type { QueueView } from "./sampler.ts";

/** What the screen shows. */
export interface Shown {
  address: string;
  queues: QueueView[];
  /** The name of the queue that is selected. */
  selected: string | undefined;
  /** What the queue holds that is looked into; `undefined` if none is. */
  inside: Inside | undefined;
  /** What the last key did. */
  message: string;
  /** Why nothing is counted at present. */
  problem: string | undefined;
}

/** The inside of a queue. */
export interface Inside {
  name: string;
  consumers: Consumer[];
  items: { uid: string; payload: Uint8Array }[];
}

/** How many cells and lines there are, and whether in colors. */
export interface Size {
  columns: number;
  rows: number;
  colors: boolean;
}

/** Lines that are no queue: the head, a gap, the titles, a gap, the foot. */
const LINES_AROUND = 5;
const MARK = "> ";
/** How many lines of consumers stand above the items, if there are more. */
const SHARE = 0.4;

/** The lines of the screen, as many as it has. */
export function linesOf(shown: Shown, size: Size): string[] {
  const { address, queues, inside, message, problem } = shown;
  const { columns, rows } = size;
  const bold = styled("\x1b[1m", "\x1b[22m", size);
  const red = styled("\x1b[31m", "\x1b[39m", size);
  const [head, keys, body] = inside === undefined
    ? [
      `${address}  ${queues.length} queue${queues.length === 1 ? "" : "s"}`,
      "↑↓ select  Enter look into  p pause  r resume  q quit",
      listLines(shown, size),
    ]
    : [
      `${address}  ${escaped(JSON.stringify(inside.name))}`,
      "Esc back  p pause  r resume  q quit",
      insideLines(shown, inside, size),
    ];
  const foot = problem ?? (message || keys);
  const lines = [
    bold(cut(head, columns)),
    "",
    ...body.slice(0, Math.max(rows - 4, 0)),
  ];
  while (lines.length < rows - 1) lines.push("");
  const line = cut(escaped(foot), columns);
  return [...lines.slice(0, rows - 1), problem === undefined ? line : red(line)];
}

function listLines({ queues, selected, problem }: Shown, size: Size): string[] {
  if (queues.length === 0) return [problem === undefined ? "No queues" : ""];
  const { columns, rows, colors } = size;
  const room = Math.max(rows - LINES_AROUND, 1);
  const at = Math.max(queues.findIndex(({ name }) => name === selected), 0);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), queues.length - room));
  // No more than is in sight: there may be a thousand.
  const table = queueTable(queues.slice(first, first + room), {
    ...{ width: columns - MARK.length, colors },
  });
  const [title, ...lines] = textLines(table);
  const inverse = styled("\x1b[7m", "\x1b[27m", size);
  const gap = " ".repeat(MARK.length);
  return [
    gap + title,
    ...lines.map((line, i) => first + i === at ? inverse(MARK + line) : gap + line),
  ];
}

function insideLines({ queues }: Shown, { name, consumers, items }: Inside, size: Size): string[] {
  const { columns, rows, colors } = size;
  const terminal = { width: columns, colors };
  const view = queues.find((queue) => queue.name === name);
  const problem = view?.problem === undefined ? [] : [cut(escaped(view.problem), columns), ""];
  const most = Math.max(Math.floor(rows * SHARE), 2);
  const people = textLines(tableText(CONSUMER_COLUMNS, consumers.map(consumerRow), terminal));
  const cells = items.map(({ uid, payload }) => [uid, String(payload.length), itemCell(payload)]);
  return [
    ...textLines(queueTable(view === undefined ? [] : [view], terminal)),
    "",
    ...problem,
    ...(consumers.length === 0 ? ["Nobody consumes"] : people.slice(0, most)),
    ...(people.length > most ? [`and ${people.length - most} more`] : []),
    "",
    ...(items.length === 0
      ? ["No item waits"]
      : textLines(tableText(ITEM_COLUMNS, cells, terminal))),
  ];
}

const ITEM_COLUMNS = [
  { title: "NEXT" },
  { title: "BYTES", right: true },
  { title: "ITEM" },
];

function textLines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

function styled(on: string, off: string, { colors }: Size): (text: string) => string {
  return (text) => colors ? `${on}${text}${off}` : text;
}
