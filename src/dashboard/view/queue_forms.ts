import { type Html, html } from "./html.ts";
import type { Frame } from "./layout.ts";

/** The button that pauses a queue, or resumes it. */
export function pauseForm({ links }: Frame, queue: string, paused: boolean, state: string): Html {
  return html`
    <form method="post" action="${links.queue(queue)}">
      <input type="hidden" name="state" value="${state}">
      <button name="action" value="${paused ? "resume" : "pause"}">${paused
        ? "Resume"
        : "Pause"}</button>
    </form>
  `;
}

/** The form that puts an item. */
export function putForm({ links }: Frame, queue: string, state: string): Html {
  return html`
    <details class="card">
      <summary>Put an item</summary>
      <form method="post" action="${links.queue(queue)}" class="fields">
        <input type="hidden" name="state" value="${state}">
        <p class="full"><label for="payload">Payload</label>
            <textarea id="payload" name="payload" rows="5" spellcheck="false"></textarea></p>
        <p><label for="delay">Delay in seconds</label>
            <input id="delay" name="delay" inputmode="decimal" placeholder="none" autocomplete="off"></p>
        <p><label for="order">Order key</label>
            <input id="order" name="orderKey" placeholder="none" autocomplete="off"></p>
        <p><label for="uid">Uid</label>
            <input id="uid" name="uid" placeholder="a new one" autocomplete="off"></p>
        <p class="full"><button name="action" value="put" class="main">Put</button></p>
      </form>
    </details>
  `;
}

/** The form that deletes all. The name that is typed in guards against a click by mistake. */
export function clearForm({ links }: Frame, queue: string, back: string): Html {
  return html`
    <details class="card">
      <summary>Clear the queue</summary>
      <form method="post" action="${links.queue(queue)}" class="fields">
        <p
          class="full">Deletes all items, whatever their state, and the totals. This can't be undone.</p>
        <p><label for="typed">The queue's name, to confirm: <b>${queue}</b></label>
            <input id="typed" name="typed" autocomplete="off" autocapitalize="off" spellcheck="false"></p>
        <p class="full"><button name="action" value="clear" class="risky">Delete everything</button>
            <a href="${back}">Cancel</a></p>
      </form>
    </details>
  `;
}
