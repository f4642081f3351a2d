import { chart } from "./chart.ts";
import { formatNumber } from "./format_number.ts";
import { describeFigures, type Report } from "./results.ts";
import { linesOf, SUMMARIES } from "./summaries.ts";
import { markdownTable } from "./table.ts";

const PAGES = ["README.md", "docs/performance.md"];
const CHART = "docs/benchmark.svg";
const PROJECT = new URL("../", import.meta.url);

/** A place for figures: the name of a summary, or "runs" for what the figures are of. */
const PLACE = /(<!-- figures: ([^,]*?)(, append-only)? -->\n).*?(<!-- end of figures -->)/gs;

/** Writes the figures into their places in the pages, and draws the chart of those without persistence. */
export async function writePages(report: Report): Promise<void> {
  for (const page of PAGES) {
    const path = new URL(page, PROJECT);
    await Deno.writeTextFile(path, fillIn(await Deno.readTextFile(path), report));
  }
  if (!report.persistence) await Deno.writeTextFile(new URL(CHART, PROJECT), chart(report));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...PAGES], cwd: PROJECT })
    .output();
}

/** Leaves a place as it is if the report has nothing for it. */
export function fillIn(page: string, report: Report): string {
  return page.replace(PLACE, (place, start, name, appendOnly, end) => {
    const isMeant = report.persistence === (appendOnly !== undefined);
    const content = isMeant ? contentOf(name, report) : undefined;
    return content === undefined ? place : `${start}\n${content}\n\n${end}`;
  });
}

function contentOf(name: string, report: Report): string | undefined {
  if (name === "runs") return `${describeFigures(report)}.`;
  const summary = SUMMARIES[name];
  if (summary === undefined) throw new Error(`There are no figures "${name}" for a page`);
  const lines = linesOf(summary, report.rows);
  if (lines.length === 0) return undefined;
  const table = markdownTable(
    ["", ...summary.columns.map(({ heading }) => heading)],
    lines.map(({ of, values }) => [
      of,
      ...values.map((value) => value === undefined ? "" : formatNumber(value)),
    ]),
    summary.columns.map((_, i) => i + 1),
  );
  return `${summary.title}:\n\n${table}`;
}
