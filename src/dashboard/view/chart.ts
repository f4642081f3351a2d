import { type Html, html, NOTHING } from "./html.ts";
import { rateText } from "./figures.ts";

/** A curve of a chart. */
export interface Curve {
  /** What it shows: also the class of its colour. */
  name: string;
  values: (number | undefined)[];
  /** Its last value, or a better one, in words. */
  now: string;
}

const WIDTH = 600;
const HEIGHT = 120;

/** Curves over the same time on one scale, with a legend that has the numbers. */
export function chart(curves: Curve[], label: string): Html {
  const top = niceTop(Math.max(0, ...curves.flatMap(({ values }) => values.map((v) => v ?? 0))));
  const summary = curves.map(({ name, now }) => `${name} ${now}`).join(", ");
  return html`
    <figure class="chart">
      <figcaption>${curves.map(({ name, now }) =>
        html`<span class="key ${name}"><i></i>${name} <b>${now}</b></span>`
      )}<span class="muted unit">a second</span></figcaption>
      <div class="plot">
          <span class="scale muted">${rateText(top)}</span>
          <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}: ${summary}">
            <line class="grid" x1="0" x2="${WIDTH}" y1="0.5" y2="0.5"></line>
            <line class="grid" x1="0" x2="${WIDTH}" y1="${HEIGHT / 2}" y2="${HEIGHT / 2}"></line>
            <line class="base" x1="0" x2="${WIDTH}" y1="${HEIGHT - 0.5}" y2="${HEIGHT -
              0.5}"></line>
            ${curves.map(({ name, values }) => line(name, values, top, WIDTH, HEIGHT))}
          </svg>
          <span class="from muted">5 min ago</span><span class="to muted">now</span>
        </div>
    </figure>
  `;
}

/** One small curve without scales, for a row of a list. */
export function sparkline(values: (number | undefined)[], caption: string, label: string): Html {
  const top = Math.max(1, ...values.map((value) => value ?? 0)) * 1.1;
  const [width, height] = [160, 32];
  return html`
    <figure class="spark">
      <figcaption>${caption}</figcaption>
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img"
        aria-label="${label}">
        ${area(values, top, width, height)}${line("waiting", values, top, width, height)}
        <line class="base" x1="0" x2="${width}" y1="${height - 0.5}" y2="${height - 0.5}"></line>
      </svg>
    </figure>
  `;
}

/** A curve, with gaps where nothing is known. */
function line(
  name: string,
  values: (number | undefined)[],
  top: number,
  width: number,
  height: number,
): Html {
  const path = runsOf(values).map((run) =>
    `M${run.map((i) => pointOf(i, values, top, width, height)).join("L")}`
  );
  return path.length === 0
    ? NOTHING
    : html`<path class="line ${name}" d="${path.join("")}"></path>`;
}

function area(values: (number | undefined)[], top: number, width: number, height: number): Html {
  const paths = runsOf(values).map((run) => {
    const x = (i: number) => (i / (values.length - 1)) * width;
    const points = run.map((i) => pointOf(i, values, top, width, height)).join("L");
    return `M${x(run[0]!).toFixed(1)} ${height}L${points}L${x(run.at(-1)!).toFixed(1)} ${height}Z`;
  });
  return paths.length === 0 ? NOTHING : html`<path class="area" d="${paths.join("")}"></path>`;
}

/** Where values follow each other: their places, two or more. */
function runsOf(values: (number | undefined)[]): number[][] {
  const runs: number[][] = [[]];
  for (const [i, value] of values.entries()) {
    if (value === undefined) runs.push([]);
    else runs.at(-1)!.push(i);
  }
  return runs.filter(({ length }) => length > 1);
}

function pointOf(
  i: number,
  values: (number | undefined)[],
  top: number,
  width: number,
  height: number,
): string {
  const x = (i / (values.length - 1)) * width;
  // Half a line's width stays free above and below.
  const y = height - 1 - (values[i]! / top) * (height - 2);
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

/** The next round number. */
function niceTop(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((top) => top >= value)!;
}
