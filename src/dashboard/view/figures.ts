import { type Html, html } from "./html.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** "1,234,567". */
export function countText(count: number): string {
  return whole.format(count);
}

/** Something in a second: "0.3", "12", "1,234"; a dash if it is not known yet. */
export function rateText(rate: number | undefined): string {
  if (rate === undefined) return "–";
  return rate < 10 ? tenths.format(rate) : whole.format(rate);
}

/** "512 B", "1.2 KiB", "34 MiB". */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 && unit > 0 ? tenths.format(size) : whole.format(size)} ${units[unit]}`;
}

const UNITS = [["d", 86_400], ["h", 3_600], ["m", 60], ["s", 1]] as const;

/** "3s", "12m", "2h 5m", "400d": the two largest units that matter. */
export function durationText(seconds: number): string {
  const rounded = Math.max(Math.round(seconds), 0);
  const first = UNITS.findIndex(([, length]) => rounded >= length);
  if (first < 0) return "0s";
  const [unit, length] = UNITS[first]!;
  const count = Math.floor(rounded / length);
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((rounded % length) / next[1]);
  const detail = rest > 0 && count < 10 ? ` ${rest}${next![0]}` : "";
  return `${whole.format(count)}${unit}${detail}`;
}

/** A time as people say it, "5m ago" or "in 2h", and exactly when one points at it. */
export function timeOf(date: Date | undefined): Html {
  if (date === undefined) return html`<span class="muted">–</span>`;
  const seconds = (date.getTime() - Date.now()) / 1000;
  const text = Math.abs(seconds) < 0.5
    ? "now"
    : seconds < 0
    ? `${durationText(-seconds)} ago`
    : `in ${durationText(seconds)}`;
  const iso = date.toISOString();
  return html`<time datetime="${iso}" title="${
    iso.replace("T", " ").replace(/\.\d+Z/, " UTC")
  }">${text}</time>`;
}
