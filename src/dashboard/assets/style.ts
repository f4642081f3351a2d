/** The style sheet of the pages. Colours have a contrast of 4.5 or more on what they stand on, in light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #f4f6f8;
  --card: #ffffff;
  --hover: #f0f4f6;
  --edge: #d9dfe5;
  --text: #17202a;
  --muted: #56626f;
  --accent: #0b6e6e;
  --waiting: #0a58ca;
  --flight: #0b6e6e;
  --delayed: #7138c9;
  --dead: #b42318;
  --done: #17733a;
  --caution: #7a4a00;
  --caution-back: #fff1d6;
  --alarm-back: #fde8e6;
  --good-back: #e0f3ec;
  --area: #0a58ca1c;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117;
    --card: #151b23;
    --hover: #1c242e;
    --edge: #2c353f;
    --text: #e6ebf1;
    --muted: #9aa6b2;
    --accent: #4cc7bb;
    --waiting: #79b8ff;
    --flight: #4cc7bb;
    --delayed: #c6a2ff;
    --dead: #ff9a8f;
    --done: #5fd38d;
    --caution: #f3c26b;
    --caution-back: #35290f;
    --alarm-back: #3d1c1a;
    --good-back: #12312a;
    --area: #79b8ff26;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; overflow-y: scroll; }
body {
  margin: 0;
  background: var(--back);
  color: var(--text);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, p, dl, dd, ul, figure, pre { margin: 0; }
ul { padding: 0; list-style: none; }
h1 { font-size: 1.35rem; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
code, pre, .uid { font-family: var(--mono); font-size: .86em; }
.uid code { font-size: inherit; }
h1.uid { font-size: 1.05rem; }
.piece > * + * { margin-top: 12px; }
.muted { color: var(--muted); }
.hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: -999px; }
.skip:focus { left: 12px; top: 12px; z-index: 1; background: var(--card); padding: 8px 12px; }

.top {
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 24px;
  padding: 10px max(20px, calc((100% - 1160px) / 2));
  background: var(--card); border-bottom: 1px solid var(--edge);
}
.brand { display: flex; align-items: center; gap: 9px; color: var(--text); font-weight: 650; text-decoration: none; }
.top nav { display: flex; gap: 4px; }
.top nav a { padding: 5px 10px; border-radius: 6px; color: var(--muted); text-decoration: none; }
.top nav a:hover { background: var(--hover); color: var(--text); }
.top nav a[aria-current] { background: var(--hover); color: var(--text); font-weight: 600; }
.pulse { margin-left: auto; min-width: 10.5em; text-align: right; color: var(--muted); font-size: .87rem; }
.pulse::before {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px;
  border-radius: 50%; background: var(--muted);
}
[data-state="live"] .pulse::before { background: var(--done); }
[data-state="trouble"] .pulse, [data-state="lost"] .pulse { color: var(--dead); }
[data-state="trouble"] .pulse::before, [data-state="lost"] .pulse::before { background: var(--dead); }

main { max-width: 1200px; margin: 0 auto; padding: 20px; display: grid; gap: 16px; }
main > *, .card > * { min-width: 0; }
footer {
  max-width: 1200px; margin: 0 auto; padding: 4px 20px 28px; display: flex; gap: 18px;
  color: var(--muted); font-size: .87rem;
}
footer a { color: inherit; }

.card { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 16px; }
.piece:not(:has(*)) { display: none; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.title > .piece:last-child { margin-left: auto; }
.crumbs { margin-bottom: -10px; font-size: .87rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 10px 16px; }
.empty { color: var(--muted); padding: 28px 0; text-align: center; }
.notice {
  background: var(--good-back); color: var(--done); border-radius: 8px; padding: 10px 14px;
  font-weight: 550; overflow-wrap: anywhere;
}
.notice a { color: inherit; font-family: var(--mono); font-size: .86em; }
.trouble h1 { margin-bottom: 8px; }
.trouble p + p { margin-top: 12px; }
p.trouble { color: var(--dead); overflow-wrap: anywhere; }

.badge {
  display: inline-block; padding: 1px 9px; border-radius: 99px; border: 1px solid var(--edge);
  color: var(--muted); font-size: .8rem; font-weight: 550; white-space: nowrap;
}
.badge.caution { background: var(--caution-back); border-color: transparent; color: var(--caution); }
.badge.alarm, .badge.dead { background: var(--alarm-back); border-color: transparent; color: var(--dead); }
.badge.waiting { color: var(--waiting); border-color: currentColor; }
.badge.in-flight { color: var(--flight); border-color: currentColor; }
.badge.delayed { color: var(--delayed); border-color: currentColor; }

.figures { display: grid; grid-template-columns: repeat(9, minmax(0, 1fr)); gap: 10px 12px; }
.figures div { display: flex; flex-direction: column; gap: 1px; }
dt { color: var(--muted); font-size: .8rem; }
.figures dd { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.figures .dead dd { color: var(--dead); }
.sum { display: flex; flex-wrap: wrap; gap: 8px 40px; padding: 2px 2px 6px; }
.sum div { min-width: 5.5em; }
.sum dd { font-size: 1.7rem; font-weight: 620; line-height: 1.2; letter-spacing: -.01em; }
.sum .waiting dd { color: var(--waiting); }
.sum .flight dd { color: var(--flight); }
.sum .delayed dd { color: var(--delayed); }

.queues { display: grid; gap: 10px; }
.queues li {
  display: grid; grid-template-columns: minmax(130px, 1.1fr) 5fr 160px; align-items: center; gap: 10px 22px;
  padding: 14px 16px;
}
.queues li:hover { border-color: var(--muted); }
.queues h2 a { color: var(--text); text-decoration: none; }
.queues h2 a:hover { text-decoration: underline; }
.who { display: grid; gap: 4px; align-content: center; min-height: 3.4em; }
.who .badge { margin: 1px 2px 1px 0; }
.spark figcaption { color: var(--muted); font-size: .8rem; }
.spark svg { display: block; width: 100%; height: 32px; }
.line { fill: none; stroke-width: 1.75; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.area { fill: var(--area); }
.line.waiting, .line.put { stroke: var(--waiting); }
.line.done { stroke: var(--done); }
.line.failed { stroke: var(--dead); stroke-dasharray: 4 3; }
.base { stroke: var(--edge); vector-effect: non-scaling-stroke; }
.grid { stroke: var(--edge); stroke-dasharray: 2 4; vector-effect: non-scaling-stroke; }

.servers { display: grid; gap: 10px; }
.server { display: grid; grid-template-columns: minmax(130px, 1.1fr) 6.2fr; gap: 10px 22px; align-items: start; }
.server h2 { color: var(--muted); }
.server .badge { white-space: normal; border-radius: 10px; }
.server dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 10px 22px; }

.tabs { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; }
.tab {
  display: flex; flex-direction: column; padding: 10px 14px 11px; background: var(--card); color: var(--muted);
  border: 1px solid var(--edge); border-radius: 10px; text-decoration: none; border-top-width: 3px;
}
.tab:hover { background: var(--hover); }
.tab b { color: var(--text); font-size: 1.5rem; font-weight: 620; line-height: 1.2; letter-spacing: -.01em; overflow: hidden; text-overflow: ellipsis; }
.tab[aria-current] { color: var(--text); border-color: currentColor; }
.tab.waiting[aria-current] { border-color: var(--waiting); } .tab.waiting[aria-current] b { color: var(--waiting); }
.tab.in-flight[aria-current] { border-color: var(--flight); } .tab.in-flight[aria-current] b { color: var(--flight); }
.tab.delayed[aria-current] { border-color: var(--delayed); } .tab.delayed[aria-current] b { color: var(--delayed); }
.tab.dead[aria-current] { border-color: var(--dead); } .tab.dead[aria-current] b { color: var(--dead); }

.chart figcaption { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-bottom: 8px; font-size: .87rem; color: var(--muted); }
.key { min-width: 7.2em; }
.key i { display: inline-block; width: 16px; height: 0; margin-right: 7px; vertical-align: middle; border-top: 2.5px solid; }
.key.put i { color: var(--waiting); } .key.done i { color: var(--done); }
.key.failed i { color: var(--dead); border-top-style: dashed; }
.key b { color: var(--text); font-weight: 620; }
.unit { margin-left: auto; }
.plot { display: grid; grid-template-columns: auto 1fr auto; gap: 2px 10px; font-size: .8rem; }
.plot svg { grid-column: 2 / 4; width: 100%; height: 120px; display: block; }
.plot .scale { grid-column: 1; min-width: 2.6em; text-align: right; line-height: 1; }
.plot .from { grid-column: 2; }
.plot .to { grid-column: 3; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(96px, 1fr)); gap: 10px 18px; }
.facts dd { font-weight: 600; overflow-wrap: anywhere; }
.chart + .facts { margin-top: 14px; padding-top: 14px; border-top: 1px solid var(--edge); }

.list { display: grid; gap: 12px; }
.rows { width: 100%; border-collapse: collapse; }
.rows th { text-align: left; color: var(--muted); font-size: .8rem; font-weight: 500; white-space: nowrap; }
.rows th, .rows td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--edge); vertical-align: top; }
.rows th:last-child, .rows td:last-child { padding-right: 0; }
.rows td { white-space: nowrap; }
.rows tbody tr:hover { background: var(--hover); }
.rows .number { text-align: right; }
.rows .wide { width: 100%; max-width: 0; }
.rows .payload code { display: block; overflow: hidden; text-overflow: ellipsis; color: var(--muted); unicode-bidi: isolate; }
.rows .tick { padding-left: 2px; padding-right: 10px; }
.rows .error { font-size: .87rem; overflow: hidden; text-overflow: ellipsis; }
.error { color: var(--dead); }
table.card { border-collapse: separate; border-spacing: 0; padding: 8px 16px; }
table.card tr:last-child td { border-bottom: 0; }
form > .bar { margin-top: 14px; }
.pages { display: flex; gap: 18px; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.card > .actions { margin-top: 16px; }

button, input, textarea { font: inherit; color: inherit; }
button {
  padding: 5px 13px; border: 1px solid var(--edge); border-radius: 7px; background: var(--card); font-weight: 550; cursor: pointer;
}
button:hover { background: var(--hover); border-color: var(--muted); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--card); }
button.main:hover { filter: brightness(1.1); }
button.risky { color: var(--dead); }
button.risky:hover { border-color: var(--dead); }
input:not([type="checkbox"]), textarea {
  width: 100%; padding: 6px 10px; border: 1px solid var(--muted); border-radius: 7px; background: var(--back);
}
input::placeholder { color: var(--muted); opacity: 1; }
input[type="checkbox"] { width: 16px; height: 16px; margin: 3px 0 0; accent-color: var(--accent); }
textarea { font-family: var(--mono); font-size: .9em; resize: vertical; }
.search { display: flex; gap: 8px; }
.search input { width: 260px; }
summary { cursor: pointer; font-weight: 600; }
.fields { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px 16px; margin-top: 14px; }
.fields label { display: block; margin-bottom: 3px; color: var(--muted); font-size: .87rem; }
.fields label b { color: var(--text); overflow-wrap: anywhere; }
.full { grid-column: 1 / -1; }
.full a { margin-left: 10px; }

pre {
  margin-top: 12px; padding: 12px 14px; max-height: 60vh; overflow: auto; border-radius: 8px; background: var(--back);
  white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; unicode-bidi: plaintext;
}
pre + .muted { margin-top: 8px; }
.card > pre + h2, .card > dl + h2 { margin-top: 16px; }
.forms { display: flex; gap: 14px; }
.forms a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
.pairs { display: grid; gap: 6px; margin-top: 12px; }
.pairs div { display: grid; grid-template-columns: minmax(110px, 200px) 1fr; gap: 14px; }
.pairs dd { overflow-wrap: anywhere; }
.uids { margin: 12px 0; max-height: 40vh; overflow: auto; overflow-wrap: anywhere; }

@media (max-width: 1000px) {
  .queues li { grid-template-columns: 1fr 160px; }
  .queues li > :nth-child(2) { grid-row: 2; grid-column: 1 / -1; }
  .server { grid-template-columns: 1fr; }
}
@media (max-width: 680px) {
  main { padding: 12px; gap: 12px; }
  .top { padding: 10px 12px; gap: 6px 12px; }
  .pulse { min-width: 0; }
  .top nav { order: 1; flex-basis: 100%; margin-left: -10px; }
  .sum { display: grid; grid-template-columns: repeat(4, auto); gap: 8px 12px; }
  .sum div { min-width: 0; }
  .sum dd { font-size: 1.25rem; }
  .queues li { grid-template-columns: 1fr; padding: 12px; }
  .queues li > :nth-child(2) { grid-row: auto; }
  .queues .figures { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .card { padding: 12px; }
  .tabs { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .tab b { font-size: 1.25rem; }
  .search, .search input { width: 100%; }
  .fields { grid-template-columns: 1fr; }
  .rows, .rows tbody { display: block; }
  .rows thead { display: none; }
  .rows tr { display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 10px 0; border-bottom: 1px solid var(--edge); position: relative; }
  .rows tr:last-child { border-bottom: 0; }
  .rows td { display: block; padding: 0; border: 0; text-align: left; }
  .rows .number { text-align: left; }
  .rows td[data-label]::before { content: attr(data-label) " "; color: var(--muted); font-size: .8rem; }
  .rows .uid { flex: 1; white-space: normal; overflow-wrap: anywhere; }
  .rows .wide { max-width: none; }
  .rows .payload code {
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; white-space: normal; overflow-wrap: anywhere;
  }
  .rows .error { white-space: normal; overflow-wrap: anywhere; }
  .pairs div { grid-template-columns: 1fr; gap: 0; }
  footer { padding: 4px 12px 20px; }
}
@media (prefers-reduced-motion: no-preference) {
  [data-state="live"] .pulse::before { animation: beat 2s ease-in-out infinite; }
  @keyframes beat { 50% { opacity: .45; } }
}
`;
