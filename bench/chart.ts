import { formatNumber } from "./format_number.ts";
import type { Row } from "./results.ts";

/** The figures that are drawn, with their titles. */
const FIGURES = {
  "put, un-awaited": "Items put in a second, one by one (more is better)",
  "handle and ack": "Items handled and acked in a second (more is better)",
  "awaited put p50": "Milliseconds for an awaited put (less is better)",
  "idle, put to handler p50":
    "Milliseconds from put to an idle consumer's handler (less is better)",
};

const WIDTH = 760;
const LABEL = 250;
const BAR = 400;
const LINE = 24;

/** The most important figures as bars, in SVG. */
export function chart(rows: Row[], environment: string): string {
  const parts: string[] = [];
  let y = 0;
  for (const [figure, title] of Object.entries(FIGURES)) {
    const bars = rows.filter((row) => row.figure === figure);
    if (bars.length === 0) continue;
    const longest = Math.max(...bars.map(({ median }) => median));
    parts.push(text(0, y += 2 * LINE, title, "title"));
    for (const [i, { of, median }] of bars.entries()) {
      y += LINE;
      const width = Math.max(1, median / longest * BAR);
      parts.push(
        text(0, y, of),
        `<rect x="${LABEL}" y="${y - 13}" width="${width.toFixed(1)}" height="17"` +
          `${i === 0 ? ' class="ours"' : ""}/>`,
        text(LABEL + width + 8, y, formatNumber(median)),
      );
    }
  }
  parts.push(text(0, y += 2 * LINE, environment, "note"));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 ${WIDTH + 32} ${y + LINE}">
<style>
  text { font: 14px sans-serif; fill: #57606a; }
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
