import { unicodeWidth } from "@std/cli/unicode-width";

/** A column of a table. */
export interface Column {
  title: string;
  /** Whether it holds numbers. */
  right?: boolean;
  /** The width of its widest cell on a terminal; a wider one is cut. */
  max?: number;
}

/** How a terminal shows a table. A width counts the terminal's cells: most letters take one, CJK and emoji two. */
export interface Terminal {
  /** Cells in a line. */
  width: number;
  colors: boolean;
}

/** What the help of commands says of their tables. */
export const ESCAPES_HELP =
  "In both, a backslash, a tab and a line break in a value are escaped: \\\\, \\t, \\n, \\r; other " +
  "control characters are \\x1b and the like.";

const BOLD = "\x1b[1m";
const PLAIN = "\x1b[22m";
/** What stands between two columns on a terminal. */
export const GAP = "  ";

/** The terminal that stdout is; `undefined` if stdout is none. */
export function terminalOfStdout(): Terminal | undefined {
  if (!Deno.stdout.isTerminal()) return undefined;
  return { width: widthOfTerminal(), colors: !Deno.noColor };
}

/** A table: aligned and with titles for a terminal, otherwise tab-separated values and nothing else. */
export function tableText(
  columns: Column[],
  rows: string[][],
  terminal: Terminal | undefined,
): string {
  const cells = rows.map((row) => row.map(escaped));
  const lines = terminal === undefined
    ? cells.map((row) => row.join("\t"))
    : alignedLines(columns, cells, terminal);
  return lines.map((line) => `${line}\n`).join("");
}

function alignedLines(columns: Column[], rows: string[][], terminal: Terminal): string[] {
  if (rows.length === 0) return [];
  const cells = rows.map((row) =>
    row.map((cell, i) => cut(cell, columns[i]!.max ?? terminal.width))
  );
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, i) =>
    Math.max(...[titles, ...cells].map((row) => unicodeWidth(row[i]!)))
  );
  const line = (row: string[]) => {
    const padded = row.map((cell, i) => {
      const padding = " ".repeat(widths[i]! - unicodeWidth(cell));
      return columns[i]!.right ? padding + cell : cell + padding;
    });
    return cut(padded.join(GAP).trimEnd(), terminal.width);
  };
  const title = line(titles);
  return [terminal.colors ? `${BOLD}${title}${PLAIN}` : title, ...cells.map(line)];
}

/** The cell with escapes for characters that would break the table, or change the terminal. */
export function escaped(cell: string): string {
  return cell.replace(
    // deno-lint-ignore no-control-regex
    /[\\\x00-\x1f\x7f-\x9f]/g,
    (character) =>
      ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** At most `width` cells of a line. Looks no further: an item may be megabytes long. */
export function cut(line: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(line)) {
    if (used < width) end = index;
    used += unicodeWidth(segment);
    if (used > width) return `${line.slice(0, end)}…`;
  }
  return line;
}

function widthOfTerminal(): number {
  try {
    return Deno.consoleSize().columns || Infinity;
  } catch {
    return Infinity;
  }
}
