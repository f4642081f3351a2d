// Records the demo as docs/demo.svg: sh scripts/deno.sh run -A scripts/record_demo.ts
//
// Each line appears when the demo prints it, but slower, so that it can be read. Without animation, all lines are shown.
const PROJECT = new URL("../", import.meta.url);
const COMMAND = "deno run -A jsr:@saferedisqueue/saferedisqueue demo";

/** Shortest time between two lines, in seconds. */
const PACE = 0.2;
const LINE_HEIGHT = 19;
const CHARACTER_WIDTH = 8;
const PADDING = 18;
const TITLE_BAR = 34;

interface Line {
  text: string;
  /** Seconds since the start. */
  at: number;
}

async function record(): Promise<Line[]> {
  const child = new Deno.Command("sh", {
    args: ["scripts/deno.sh", "run", "-A", "--no-check", "cli.ts", "demo", "--name", "demo"],
    cwd: PROJECT,
    env: { REDIS_URL: "", NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const lines: Line[] = [];
  let rest = "", at = 0.5, printedAt = 0;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const now = performance.now() / 1000;
    for (const line of (rest + text).split("\n").slice(0, -1)) {
      if (lines.length > 0) at += Math.max(PACE, now - printedAt);
      printedAt = now;
      lines.push({ text: line, at });
    }
    rest = (rest + text).split("\n").at(-1)!;
  }
  const { code } = await child.status;
  if (code !== 0) throw new Error(`The demo ended with exit code ${code}`);
  return lines;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** A line as SVG: code is brighter than its explanation, and results have another colour. */
function markUp(text: string): string {
  const step = /^( {2}await .*?) {2,}-> {2}(.*)$/.exec(text);
  if (step !== null) {
    const [, code, result] = step;
    const gap = text.slice(code!.length, text.length - result!.length);
    return `<tspan class="code">${escape(code!)}</tspan>${escape(gap)}` +
      `<tspan class="result">${escape(result!)}</tspan>`;
  }
  return text.startsWith("  ") ? `<tspan class="code">${escape(text)}</tspan>` : escape(text);
}

function draw(lines: Line[]): string {
  const shown: Line[] = [{ text: `$ ${COMMAND}`, at: 0 }, { text: "", at: 0 }, ...lines];
  const columns = Math.max(...shown.map(({ text }) => text.length));
  const width = columns * CHARACTER_WIDTH + 2 * PADDING;
  const height = TITLE_BAR + shown.length * LINE_HEIGHT + 2 * PADDING;
  const texts = shown.map(({ text, at }, i) => {
    if (text === "") return "";
    const y = TITLE_BAR + PADDING + (i + 0.75) * LINE_HEIGHT;
    const content = i === 0 ? `<tspan class="code">${escape(text)}</tspan>` : markUp(text);
    return `<text x="${PADDING}" y="${y}" style="animation-delay: ${
      at.toFixed(2)
    }s">${content}</text>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" xml:space="preserve" role="img">
<title>The demo in a terminal</title>
<style>
text { font: 13.3px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #9aa4af;
  animation: appear 0.01s backwards; }
.code { fill: #e6edf3; }
.result { fill: #7ee787; }
@keyframes appear { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { text { animation: none; } }
</style>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117" stroke="#30363d"/>
<circle cx="20" cy="19" r="5.5" fill="#ff5f57"/>
<circle cx="39" cy="19" r="5.5" fill="#febc2e"/>
<circle cx="58" cy="19" r="5.5" fill="#28c840"/>
${texts.join("")}</svg>
`;
}

await Deno.writeTextFile(new URL("docs/demo.svg", PROJECT), draw(await record()));
