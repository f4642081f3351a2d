import { formatNumber } from "./format_number.ts";
import type { Row } from "./results.ts";

const HEAD = ["figure", "of", "median", "", "spread", "ours is", "client µs", "Redis µs"];
/** Columns of numbers, aligned on the right. */
const NUMBERS = [2, 4, 5, 6, 7];

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
  return markdownTable(HEAD, cells, NUMBERS);
}

/** A Markdown table. The columns `numbers` are aligned on the right. */
export function markdownTable(head: string[], rows: string[][], numbers: number[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]!.length))
  );
  const line = (row: string[]) =>
    `| ${
      row.map((text, column) =>
        numbers.includes(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)
      ).join(" | ")
    } |`;
  const rule = widths.map((width, column) =>
    numbers.includes(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  );
  return [head, rule, ...rows].map(line).join("\n");
}
