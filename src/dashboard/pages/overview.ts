import type { ServerHealth } from "../server_health.ts";
import type { SeenQueue } from "../seen_queue.ts";
import { badges } from "../view/badges.ts";
import { sparkline } from "../view/chart.ts";
import { countText, durationText, rateText } from "../view/figures.ts";
import { type Html, html, NOTHING } from "../view/html.ts";
import { type Frame, layout } from "../view/layout.ts";
import { idOf, type Pieces, place, SPOKEN, spokenPlace } from "../view/pieces.ts";
import { serverCards } from "../view/server_cards.ts";
import { verdictOf } from "../trouble.ts";

/** The page of all queues. */
export async function overviewPage(frame: Frame, queues: SeenQueue[]): Promise<Html> {
  const pieces = await overviewPieces(frame, queues, queues.length);
  const { links } = frame;
  return layout(frame, {
    title: "Queues",
    current: "overview",
    live: links.live("overview", { shown: String(queues.length) }),
    main: html`<h1 class="hidden">Queues</h1>
    ${spokenPlace(pieces)}${place(pieces, "sum")}
    <ul class="queues">${
      queues.map(({ name }) =>
        html`<li class="card">
        <div class="who"><h2><a href="${links.queue(name)}">${name}</a></h2>${
          place(pieces, idOf(name, "badges"))
        }</div>
        ${place(pieces, idOf(name, "figures"))}
        ${place(pieces, idOf(name, "spark"))}
      </li>`
      )
    }</ul>
    ${place(pieces, "more")}
    ${queues.length === 0 ? html`<p class="empty">There are no queues here yet.</p>` : NOTHING}
    ${place(pieces, "servers")}`,
  });
}

/** Its parts that renew themselves. `shown` is the number of queues in the page. */
export async function overviewPieces(
  { links }: Pick<Frame, "links">,
  queues: SeenQueue[],
  shown: number,
): Promise<Pieces> {
  const rows = await Promise.all(queues.map(row));
  const pieces: Pieces = {};
  for (const row of rows) Object.assign(pieces, row.pieces);
  const sum = (key: "waiting" | "inFlight" | "delayed" | "dead") =>
    countText(rows.reduce((sum, { counts }) => sum + (counts?.[key] ?? 0), 0));
  const waiting = `${sum("waiting")} waiting, ${sum("inFlight")} in flight, ${sum("dead")} dead`;
  pieces[SPOKEN] = html`${waiting}`;
  pieces["sum"] = html`
    <dl class="figures sum">
          ${figure("Waiting", sum("waiting"), "waiting")}${figure(
            "In flight",
            sum("inFlight"),
            "flight",
          )}
          ${figure("Delayed", sum("delayed"), "delayed")}${figure(
            "Dead",
            sum("dead"),
            sum("dead") === "0" ? "" : "dead",
          )}
        </dl>
  `;
  pieces["more"] = queues.length === shown
    ? NOTHING
    : html`<p class="notice">There are other queues now. <a href="${links.overview()}">Show them</a></p>`;
  pieces["servers"] = serverCards(await serversOf(queues));
  return pieces;
}

async function row(seen: SeenQueue) {
  const [counted] = await Promise.allSettled([seen.counts()]);
  const { name, history } = seen;
  if (counted.status === "rejected") {
    return {
      pieces: {
        [idOf(name, "badges")]: html`<span class="badge alarm">no answer</span>`,
        [idOf(name, "figures")]: html`<p class="trouble">${verdictOf(counted.reason).text}</p>`,
      },
    };
  }
  const { stats } = counted.value;
  const rates = history.rates();
  const { waiting, inFlight, delayed, dead, oldestAge } = stats;
  const age = oldestAge === null ? "–" : durationText(oldestAge);
  return {
    counts: stats,
    pieces: {
      [idOf(name, "badges")]: badges(stats),
      [idOf(name, "figures")]: html`<dl class="figures">
        ${figure("Waiting", countText(waiting), "waiting")}
        ${figure("In flight", countText(inFlight), "flight")}
        ${figure("Delayed", countText(delayed), "delayed")}
        ${figure("Dead", countText(dead), dead > 0 ? "dead" : "")}
        ${figure("Oldest", age)}
        ${figure("Put /s", rateText(rates?.put))}
        ${figure("Done /s", rateText(rates?.acked))}
        ${figure("Failed /s", rateText(rates?.failed))}
        ${figure("Consumers", countText(stats.consumers))}
      </dl>`,
      [idOf(name, "spark")]: sparkline(
        history.waitingSeries(),
        "Waiting, 5 min",
        `Waiting in the last 5 minutes, now ${countText(waiting)}`,
      ),
    },
  };
}

function figure(label: string, value: string, kind = ""): Html {
  return html`
    <div class="${kind}">
      <dt>${label}</dt>
      <dd>${value}</dd>
    </div>
  `;
}

/** What the servers of the queues say, each once; those that do not answer are told of at their queues. */
async function serversOf(queues: SeenQueue[]): Promise<ServerHealth[]> {
  const answers = await Promise.allSettled(queues.map((seen) => seen.server()));
  const servers = new Map<string, ServerHealth>();
  for (const answer of answers) {
    if (answer.status === "fulfilled") servers.set(answer.value.runId ?? "", answer.value);
  }
  return [...servers.values()];
}
