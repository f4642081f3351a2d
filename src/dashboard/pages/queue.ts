import type { ItemState, QueueEntry } from "../../queue_entry.ts";
import { inTime, type SeenQueue } from "../seen_queue.ts";
import { Trouble } from "../trouble.ts";
import { badges } from "../view/badges.ts";
import { chart } from "../view/chart.ts";
import { countText, durationText, rateText } from "../view/figures.ts";
import { type Html, html, NOTHING } from "../view/html.ts";
import { itemTable } from "../view/item_table.ts";
import { type Frame, layout } from "../view/layout.ts";
import { type Pieces, place, SPOKEN, spokenPlace } from "../view/pieces.ts";
import { clearForm, pauseForm, putForm } from "../view/queue_forms.ts";

/** Items on a page of a list. */
const PAGE = 50;

/** The states in the order of the tabs, with their words in addresses. */
export const STATES: ReadonlyMap<string, ItemState> = new Map([
  ["waiting", "waiting"],
  ["in-flight", "in flight"],
  ["delayed", "delayed"],
  ["dead", "dead"],
]);

/** Headings of the lists. */
const TITLES: Record<ItemState, string> = {
  waiting: "Waiting items",
  "in flight": "Items in flight",
  delayed: "Delayed items",
  dead: "Dead items",
};

/** Which items of a queue are looked at. */
export interface Choice {
  /** The state's word in addresses. */
  state: string;
  cursor: string | undefined;
  /** A text in the uid or the payload; "" for all. */
  search: string;
}

/** Reads the choice from the query of an address. */
export function choiceOf({ state = "", cursor, search = "" }: Record<string, string>): Choice {
  return { state: STATES.has(state) ? state : "waiting", cursor, search: search.trim() };
}

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
    listOf(frame, seen, choice),
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

/** Some items of a state. */
export interface ItemList {
  items: QueueEntry<unknown>[];
  cursor: string | undefined;
}

async function listOf(
  { settings }: Frame,
  { queue }: SeenQueue,
  choice: Choice,
): Promise<ItemList> {
  const { state, cursor, search } = choice;
  const list = await inTime(
    queue.list(STATES.get(state)!, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
      ...(search === "" ? {} : { search }),
    }).catch((error) => {
      throw error instanceof TypeError ? new Trouble(422, `${error.message}.`) : error;
    }),
  );
  if (settings.redact === undefined || search === "") return list;
  // Otherwise a search would tell, letter by letter, what is redacted.
  return { ...list, items: list.items.filter(({ uid }) => uid.includes(search)) };
}
