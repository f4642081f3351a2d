import type { Links } from "./links.ts";
import { countText } from "./view/figures.ts";
import { type Html, html } from "./view/html.ts";

const items = (count: number) => `${countText(count)} ${count === 1 ? "item" : "items"}`;

/** What happened, by the word of an outcome. A page is told the word in its address, so that nobody's text gets into it. */
const TEXTS: ReadonlyMap<string, (count: number) => string> = new Map(Object.entries({
  put: () => "The item was put.",
  paused: () => "The queue is paused: no consumer gets an item until it is resumed.",
  "was-paused": () => "The queue was paused before. Nothing changed.",
  resumed: () => "The queue goes on.",
  "was-running": () => "The queue was not paused. Nothing changed.",
  deleted: (count: number) =>
    count === 0 ? "Nothing was there to delete any more." : `Deleted ${items(count)}.`,
  promoted: (count: number) =>
    count === 0
      ? "Nothing was delayed any more. Nothing changed."
      : `Made ${items(count)} due now.`,
  requeued: (count: number) =>
    count === 0 ? "Nothing was dead any more. Nothing changed." : `Requeued ${items(count)}.`,
  cleared: () => "The queue was cleared: all its items are deleted.",
}));

/** Tells what an action did, on the page that comes after it. */
export function noticeOf(
  query: Record<string, string>,
  queue: string,
  links: Links,
): Html | undefined {
  const text = TEXTS.get(query["did"] ?? "");
  if (text === undefined) return undefined;
  const uid = query["new"];
  return html`<p class="notice" role="status">${text(Number(query["count"]) || 0)} ${
    uid === undefined ? "" : html`<a href="${links.item(queue, uid)}">${uid}</a>`
  }</p>`;
}
