import type { ItemState, QueueEntry } from "../../queue_entry.ts";
import { type Choice, type ItemList, STATES } from "../chosen_items.ts";
import { previewOf } from "../payload_text.ts";
import { countText, sizeText, timeOf } from "./figures.ts";
import { type Html, html, NOTHING } from "./html.ts";
import type { Frame } from "./layout.ts";

/** What is said of the time of an item, by its state. */
const TIMES: Record<
  ItemState,
  [title: string, time: (item: QueueEntry<unknown>) => Date | undefined]
> = {
  waiting: ["Put", (item) => item.enqueuedAt],
  delayed: ["Due", (item) => item.dueAt],
  "in flight": ["Lease ends", (item) => item.leaseEndsAt],
  dead: ["Died", (item) => item.diedAt],
};

/** Items of one state in rows, with what can be done to those that are ticked. */
export function itemTable(frame: Frame, queue: string, choice: Choice, list: ItemList): Html {
  const { links, mayChange } = frame;
  const { items, cursor } = list;
  const state = STATES.get(choice.state)!;
  const [title] = TIMES[state];
  const { search } = choice;
  const address = (cursor?: string) =>
    links.queue(queue, { state: choice.state, cursor, search: search || undefined });
  const pages = html`<nav class="pages" aria-label="Pages of the list">${
    choice.cursor === undefined
      ? html`<a href="${address()}">Refresh</a>`
      : html`<a href="${address()}">First page</a>`
  } ${
    cursor === undefined
      ? NOTHING
      : html`<a href="${address(cursor)}" rel="next">${
        search === "" ? "Next page" : "Search on"
      }</a>`
  }</nav>`;
  if (items.length === 0) {
    const text = search === ""
      ? `No items ${state}.`
      : cursor === undefined
      ? "Nothing found."
      : "Nothing found so far.";
    return html`<p class="empty">${text}</p>${pages}`;
  }
  const table = html`
    <table class="rows" role="table">
      <thead role="rowgroup">
        <tr
          role="row">${mayChange
            ? html`<td class="tick"></td>`
            : NOTHING}<th scope="col">Item</th><th scope="col" class="wide">Payload</th><th scope="col" class="number">Size</th><th scope="col" class="number">Attempts</th><th scope="col">${title}</th></tr>
      </thead>
      <tbody role="rowgroup">${items.map((item) => row(frame, queue, item))}</tbody>
    </table>
  `;
  if (!mayChange) return html`${table}${pages}`;
  return html`<form method="post" action="${links.queue(queue)}">
    <input type="hidden" name="state" value="${choice.state}">
    ${table}
    <div class="bar">
      <div class="actions">
        ${button("delete", "Delete ticked")}
        ${state === "delayed" ? button("promote", "Make ticked due now") : NOTHING}
        ${state === "dead" ? button("requeue", "Requeue ticked") : NOTHING}
        ${state === "dead" ? button("requeue-all", "Requeue all dead") : NOTHING}
      </div>
      ${pages}
    </div>
  </form>`;
}

function button(action: string, text: string): Html {
  const kind = action === "delete" ? "risky" : "";
  return html`<button name="action" value="${action}" class="${kind}">${text}</button>`;
}

function row(
  { links, settings, mayChange }: Frame,
  queue: string,
  item: QueueEntry<unknown>,
): Html {
  const { uid, bytes, attempts, error, state } = item;
  const [title, time] = TIMES[state];
  return html`<tr role="row">${
    mayChange
      ? html`
        <td role="cell"
          class="tick"><input type="checkbox" name="uid" value="${uid}" aria-label="${uid}"></td>
      `
      : NOTHING
  }
    <td role="cell" class="uid"><a href="${links.item(queue, uid)}"><code>${uid}</code></a></td>
    <td role="cell" class="wide payload"><code>${previewOf(item, queue, settings.redact)}</code>${
    error === "" ? NOTHING : html`<p class="error">${error}</p>`
  }</td>
    <td role="cell" class="number" data-label="Size">${sizeText(bytes.length)}</td>
    <td role="cell" class="number" data-label="Attempts">${countText(attempts)}</td>
    <td role="cell" data-label="${title}">${timeOf(time(item))}</td>
  </tr>`;
}
