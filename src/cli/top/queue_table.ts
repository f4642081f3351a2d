import { unicodeWidth } from "@std/cli/unicode-width";
import type { QueueStats, QueueTotals } from "../../queue_stats.ts";
import { sparkline } from "../io/sparkline.ts";
import { type Column, escaped, GAP, tableText, type Terminal } from "../io/table.ts";
import { HISTORY, type QueueView } from "./sampler.ts";

/** A column of the queues. */
interface QueueColumn extends Column {
  cell: (view: QueueView) => string;
  /** The column with the highest number is the first to go if the terminal is narrow; those without stay. */
  rank?: number;
  /** Whether only a terminal shows it. */
  picture?: boolean;
}

const LONGEST_NAME = 40;

function count(title: string, of: (stats: QueueStats) => number, rank?: number): QueueColumn {
  const cell = ({ stats }: QueueView) => stats === undefined ? "-" : String(of(stats));
  return { title, right: true, cell, ...(rank === undefined ? {} : { rank }) };
}

function rate(title: string, name: keyof QueueTotals, rank: number): QueueColumn {
  const cell = ({ rates }: QueueView) => rates === null ? "-" : rates[name].toFixed(1);
  return { title, right: true, cell, rank };
}

const NAME: QueueColumn = { title: "QUEUE", max: LONGEST_NAME, cell: ({ name }) => name };
const AGE: QueueColumn = {
  title: "OLDEST",
  right: true,
  rank: 6,
  cell: ({ stats }) => stats?.oldestAge?.toFixed(1) ?? "-",
};
const COLUMNS: QueueColumn[] = [
  NAME,
  count("WAITING", ({ waiting }) => waiting),
  count("IN-FLIGHT", ({ inFlight }) => inFlight, 4),
  count("DELAYED", ({ delayed }) => delayed, 9),
  count("DEAD", ({ dead }) => dead, 3),
  rate("PUT/S", "put", 7),
  rate("ACKED/S", "acked", 2),
  rate("FAILED/S", "failed", 8),
  {
    title: "ACKED",
    rank: 10,
    picture: true,
    // As wide from the beginning: a table that grows would jump.
    cell: ({ history }) => sparkline(history).padStart(HISTORY),
  },
  AGE,
  count("CONSUMERS", ({ consumers }) => consumers, 5),
  { title: "STATE", cell: stateOf },
];

/** What is unusual about a queue, in a word or two. */
export function stateOf({ stats }: QueueView): string {
  if (stats === undefined) return "refused";
  if (stats.paused) return "paused";
  // What is in flight may be in the hands of Python consumers, which do not show themselves.
  const isLeft = stats.consumers === 0 && stats.inFlight === 0 && stats.waiting > 0;
  return isLeft ? "nobody consumes" : "";
}

/** The queues as tab-separated values, or as an aligned table for a terminal. */
export function queueTable(views: QueueView[], terminal: Terminal | undefined): string {
  const columns = terminal === undefined
    ? COLUMNS.filter(({ picture }) => !picture)
    : fitting(views, terminal.width);
  return tableText(columns, views.map((view) => columns.map(({ cell }) => cell(view))), terminal);
}

/** The columns that have room in so many cells. */
function fitting(views: QueueView[], width: number): QueueColumn[] {
  let columns = COLUMNS;
  const widthOf = ({ title, max = Infinity, cell }: QueueColumn) =>
    Math.max(
      title.length,
      ...views.map((view) => Math.min(unicodeWidth(escaped(cell(view))), max)),
    );
  const widths = new Map(columns.map((column) => [column, widthOf(column)]));
  const total = () =>
    columns.reduce((sum, column) => sum + widths.get(column)! + GAP.length, -GAP.length);
  while (total() > width) {
    const rank = Math.max(...columns.map(({ rank = 0 }) => rank));
    if (rank === 0) break;
    columns = columns.filter((column) => column.rank !== rank);
  }
  return columns;
}
