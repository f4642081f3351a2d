import type { ItemState } from "../../queue_entry.ts";
import { type Choice, readItems, STATES } from "../chosen_items.ts";
import type { SeenQueue } from "../seen_queue.ts";
import { badges } from "../view/badges.ts";
import { chart } from "../view/chart.ts";
import { countText, durationText, rateText } from "../view/figures.ts";
import { type Html, html, NOTHING } from "../view/html.ts";
import { itemTable } from "../view/item_table.ts";
import { type Frame, layout } from "../view/layout.ts";
import { type Pieces, place, SPOKEN, spokenPlace } from "../view/pieces.ts";
import { clearForm, pauseForm, putForm } from "../view/queue_forms.ts";

/** Headings of the lists. */
const TITLES: Record<ItemState, string> = {
  waiting: "Waiting items",
  "in flight": "Items in flight",
  delayed: "Delayed items",
  dead: "Dead items",
};

/** The page of one queue: its counts, and the items of one state. */
export async function queuePage(
  frame: Frame,
  seen: SeenQueue,
  choice: Choice,
  notice?: Html,
): Promise<Html> {
  const { links, mayChange } = frame;
  const { name } = seen;
  const [pieces, list] = await Promise.all([
    queuePieces(frame, seen, choice.state),
    readItems(seen, choice, frame.settings),
  ]);
  const back = links.queue(name, { state: choice.state });
  return layout(frame, {
    title: name,
    live: links.live("queue", { name, state: choice.state }),
    notice,
    main: html`<div class="title"><h1>${name}</h1>${place(pieces, "badges")}${
      mayChange ? place(pieces, "pause") : NOTHING
    }</div>
    ${spokenPlace(pieces)}${place(pieces, "tabs")}
    <div class="card">${place(pieces, "chart")}</div>
    <section class="card list" aria-labelledby="items">
      <div class="bar">
        <h2 id="items">${TITLES[STATES.get(choice.state)!]}</h2>
        <form class="search" method="get" action="${links.queue(name).split(
      "?",
    )[0]!}" role="search">
          <input type="hidden" name="name" value="${name}">
          <input type="hidden" name="state" value="${choice.state}">
          <label for="search" class="hidden">Uid, or text in uid or payload</label>
          <input id="search" type="search" name="search" value="${choice.search}" placeholder="Uid or text">
          <button>Search</button>
        </form>
      </div>
      ${itemTable(frame, name, choice, list)}
    </section>
    ${
      mayChange
        ? html`${putForm(frame, name, choice.state)}${clearForm(frame, name, back)}`
        : NOTHING
    }`,
  });
}

/** Its parts that renew themselves. */
export async function queuePieces(frame: Frame, seen: SeenQueue, state: string): Promise<Pieces> {
  const { stats } = await seen.counts();
  const { links, mayChange } = frame;
  const { name, history } = seen;
  const counts: Record<string, number> = {
    waiting: stats.waiting,
    "in-flight": stats.inFlight,
    delayed: stats.delayed,
    dead: stats.dead,
  };
  const tab = (word: string, title: string) =>
    html`<li><a class="tab ${word}" href="${links.queue(name, { state: word })}" ${
      word === state ? html`aria-current="true"` : NOTHING
    }><span>${title}</span> <b>${countText(counts[word] ?? 0)}</b></a></li>`;
  const rates = history.rates();
  const fact = (label: string, value: string) =>
    html`
      <div>
        <dt>${label}</dt>
        <dd>${value}</dd>
      </div>
    `;
  return {
    badges: badges(stats),
    ...(mayChange ? { pause: pauseForm(frame, name, stats.paused, state) } : {}),
    [SPOKEN]: html`${
      Object.entries(counts).map(([word, count]) => `${countText(count)} ${word.replace("-", " ")}`)
        .join(", ")
    }`,
    tabs: html`
      <nav aria-label="States">
        <ul class="tabs">
            ${tab("waiting", "Waiting")}${tab("in-flight", "In flight")}${tab(
              "delayed",
              "Delayed",
            )}${tab("dead", "Dead")}</ul>
      </nav>
    `,
    chart: html`${
      chart([
        { name: "put", values: history.rateSeries("put"), now: rateText(rates?.put) },
        { name: "done", values: history.rateSeries("acked"), now: rateText(rates?.acked) },
        { name: "failed", values: history.rateSeries("failed"), now: rateText(rates?.failed) },
      ], "In a second, over the last 5 minutes")
    }
    <dl class="facts">
      ${fact("Oldest waits", stats.oldestAge === null ? "–" : durationText(stats.oldestAge))}
      ${fact("Consumers", countText(stats.consumers))}
      ${fact("Parked", countText(stats.parked))}
      ${fact("Put", countText(stats.totals.put))}
      ${fact("Done", countText(stats.totals.acked))}
      ${fact("Failed", countText(stats.totals.failed))}
      ${fact("Expired", countText(stats.totals.expired))}
      ${fact("Died", countText(stats.totals.dead))}
    </dl>`,
  };
}
