import type { QueueEntry } from "../../queue_entry.ts";
import { type Form, readPayload } from "../payload_text.ts";
import { inTime, type SeenQueue } from "../seen_queue.ts";
import { traceLink } from "../trace_link.ts";
import { Trouble } from "../trouble.ts";
import { countText, sizeText, timeOf } from "../view/figures.ts";
import { type Html, html, NOTHING } from "../view/html.ts";
import { type Frame, layout } from "../view/layout.ts";

const FORMS: Record<Form, string> = { json: "JSON", text: "Text", hex: "Hex" };

/** Which item is looked at. */
export interface Asked {
  uid: string;
  /** The form of its payload. */
  form: string | undefined;
  notice: Html | undefined;
}

/** The page of one item. */
export async function itemPage(
  frame: Frame,
  { name, queue }: SeenQueue,
  { uid, form, notice }: Asked,
): Promise<Html> {
  const item = await inTime(queue.find(uid));
  if (item === null) {
    const text = "There is no such item: it is done, was deleted, or never was here.";
    throw new Trouble(404, text);
  }
  const { links, mayChange } = frame;
  return layout(frame, {
    title: `Item ${uid}`,
    notice,
    main: html`
      <p class="crumbs"><a href="${links.queue(name, { state: wordOf(item) })}">${name}</a></p>
          <div
        class="title"><h1 class="uid">${uid}</h1><span class="badge ${wordOf(item)}">${item
          .state}</span></div>
          <div class="card">${factsOf(item)}${item.error === "" ? NOTHING : html`
            <h2>Last error</h2>
            <pre class="error" tabindex="0">${item.error}</pre>
          `}${mayChange ? actionsOf(frame, name, item) : NOTHING}</div>
          ${headersOf(frame, item)}
          ${payloadOf(frame, name, item, form)}
    `,
  });
}

/** The state's word in addresses. */
function wordOf({ state }: QueueEntry<unknown>): string {
  return state.replace(" ", "-");
}

function factsOf(item: QueueEntry<unknown>): Html {
  const fact = (label: string, value: Html | string | undefined) =>
    value === undefined ? NOTHING : html`
      <div>
        <dt>${label}</dt>
        <dd>${value}</dd>
      </div>
    `;
  const time = (label: string, date: Date | undefined) =>
    fact(label, date === undefined ? undefined : timeOf(date));
  return html`<dl class="facts">
    ${fact("Size", sizeText(item.bytes.length))}
    ${fact("Attempts", countText(item.attempts))}
    ${time("Put", item.enqueuedAt)}
    ${time("Due", item.dueAt)}
    ${time("Lease ends", item.leaseEndsAt)}
    ${time("Died", item.diedAt)}
    ${fact("Order key", item.orderKey)}
  </dl>`;
}

function actionsOf({ links }: Frame, queue: string, item: QueueEntry<unknown>): Html {
  const { state, uid } = item;
  const button = (action: string, text: string, kind = "") =>
    html`<button name="action" value="${action}" class="${kind}">${text}</button>`;
  return html`<form method="post" action="${links.queue(queue)}" class="actions">
    <input type="hidden" name="uid" value="${uid}">
    <input type="hidden" name="from" value="item">
    <input type="hidden" name="state" value="${wordOf(item)}">
    ${state === "delayed" ? button("promote", "Make due now", "main") : NOTHING}
    ${state === "dead" ? button("requeue", "Requeue", "main") : NOTHING}
    ${button("delete", state === "in flight" ? "Cancel and delete" : "Delete", "risky")}
  </form>`;
}

function headersOf({ settings }: Frame, { headers }: QueueEntry<unknown>): Html {
  const entries = Object.entries(headers);
  if (entries.length === 0) return NOTHING;
  const trace = traceLink(headers["traceparent"], settings.traceUrl);
  return html`
    <section class="card" aria-labelledby="headers">
      <div class="bar"><h2 id="headers">Headers</h2>${trace === undefined
        ? NOTHING
        : html`<a href="${trace}" rel="noreferrer">Trace</a>`}</div>
      <dl class="pairs">${entries.map(([name, value]) =>
        html`
          <div>
            <dt>${name}</dt>
            <dd><code>${value}</code></dd>
          </div>
        `
      )}</dl>
    </section>
  `;
}

function payloadOf(
  { links, settings }: Frame,
  queue: string,
  item: QueueEntry<unknown>,
  asked: string | undefined,
): Html {
  const { forms, form, text, isCut } = readPayload(item, queue, settings.redact, asked);
  const { uid } = item;
  return html`<section class="card" aria-labelledby="payload">
    <div class="bar"><h2 id="payload">Payload</h2>
      <nav aria-label="Form of the payload" class="forms">${
    form === "redacted" ? html`<span class="badge">redacted</span>` : forms.map((other) =>
      html`
        <a href="${links.item(queue, uid, { form: other })}" ${other === form
          ? html`aria-current="true"`
          : NOTHING}>${FORMS[other]}</a>
      `
    )
  }</nav></div>
    <pre class="payload" tabindex="0" aria-label="Payload">${text}</pre>
    ${
    isCut
      ? html`<p class="muted">It goes on: only the beginning of ${
        sizeText(item.bytes.length)
      } is shown.</p>`
      : NOTHING
  }
  </section>`;
}
