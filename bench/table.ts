import { formatNumber } from "./format_number.ts";
import type { Row } from "./results.ts";

const HEAD = ["figure", "of", "median", "", "spread", "ours is", "client µs", "Redis µs"];
/** Columns of numbers, aligned on the right. */
const NUMBERS = new Set([2, 4, 5, 6, 7]);

/** The figures as a Markdown table. */
export function table(rows: Row[]): string {
  const cells = rows.map((row, i) => [
    row.figure === rows[i - 1]?.figure ? "" : row.figure,
    row.of,
    formatNumber(row.median),
    row.unit,
    row.max === row.min ? "" : `±${Math.round((row.max - row.min) / 2 / row.median * 100)} %`,
    row.oursIs === undefined ? "" : `${row.oursIs.toFixed(row.oursIs < 10 ? 2 : 1)} x`,
    row.clientMicros?.toFixed(1) ?? "",
    row.serverMicros?.toFixed(1) ?? "",
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(...[head, ...cells.map((row) => row[column]!)].map((text) => text.length))
  );
  const line = (row: string[]) =>
    `| ${
      row.map((text, column) =>
        NUMBERS.has(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)
      ).join(" | ")
    } |`;
  const rule = widths.map((width, column) =>
    NUMBERS.has(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  );
  return [line(HEAD), line(rule), ...cells.map(line)].join("\n");
}
