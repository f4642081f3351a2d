import { countText } from "../view/figures.ts";
import { type Html, html } from "../view/html.ts";
import { type Frame, layout } from "../view/layout.ts";
import type { Fields } from "../actions.ts";

/** Asks whether items are really to be deleted. */
export function confirmPage(frame: Frame, queue: string, fields: Fields, back: string): Html {
  const { links } = frame;
  const uids = fields.getAll("uid");
  const count = `${countText(uids.length)} ${uids.length === 1 ? "item" : "items"}`;
  return layout(frame, {
    title: "Delete?",
    main: html`
      <section class="card">
        <h1>Delete ${count}?</h1>
        <p>From the queue <b>${queue}</b>, for good. The work on an item in flight is cancelled: its handler is told within seconds.</p>
        <ul class="uids">${uids.map((uid) => html`<li><code>${uid}</code></li>`)}</ul>
        <form method="post" action="${links.queue(queue)}" class="actions">
              ${["uid", "state", "from"].flatMap((name) =>
                fields.getAll(name).map((value) =>
                  html`<input type="hidden" name="${name}" value="${value}">`
                )
              )}
              <input type="hidden" name="confirmed" value="yes">
              <button name="action" value="delete" class="risky">Delete ${count}</button>
              <a href="${back}">Cancel</a>
            </form>
      </section>
    `,
  });
}
