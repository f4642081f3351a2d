import { formatNumber } from "./format_number.ts";
import { OURS } from "./queues/mod.ts";
import { describeFigures, type Report } from "./results.ts";
import { linesOf, SUMMARIES } from "./summaries.ts";

const DRAWN = ["consume", "produce", "latency"];

const WIDTH = 840;
/** Width of the names, and of the number behind a bar. */
const LABEL = 250;
const NUMBER = 65;
const LINE = 22;

/** The most important figures as bars, in SVG: columns beside one another, each to its own scale. */
export function chart(report: Report): string {
  const parts: string[] = [];
  let y = 0;
  for (const { title, columns } of DRAWN.map((name) => SUMMARIES[name]!)) {
    const lines = linesOf({ title, columns }, report.rows);
    if (lines.length === 0) continue;
    const column = (WIDTH - LABEL) / columns.length;
    const left = (i: number) => LABEL + i * column;
    const longest = columns.map((_, i) => Math.max(...lines.map(({ values }) => values[i] ?? 0)));
    parts.push(text(0, y += 2 * LINE, title, "title"));
    y += LINE;
    parts.push(...columns.map(({ heading }, i) => text(left(i), y, heading)));
    for (const { of, values } of lines) {
      parts.push(text(0, y += LINE, of));
      for (const [i, value] of values.entries()) {
        if (value === undefined) continue;
        const width = Math.max(1, value / longest[i]! * (column - NUMBER));
        parts.push(
          `<rect x="${left(i).toFixed(1)}" y="${y - 13}" width="${width.toFixed(1)}" height="17"` +
            `${of.startsWith(OURS) ? ' class="ours"' : ""}/>`,
          text(left(i) + width + 5, y, formatNumber(value)),
        );
      }
    }
  }
  parts.push(text(0, y += 2 * LINE, describeFigures(report), "note"));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 ${WIDTH + 32} ${y + LINE}">
<style>
  text { font: 13px sans-serif; fill: #57606a; }
  .title { font-weight: bold; }
  .note { font-size: 11px; }
  rect { fill: #9aa5b1; }
  .ours { fill: #d0402b; }
</style>
${parts.join("\n")}
</svg>
`;
}

function text(x: number, y: number, content: string, name?: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${Math.round(x)}" y="${y}"${name ? ` class="${name}"` : ""}>${escaped}</text>`;
}
