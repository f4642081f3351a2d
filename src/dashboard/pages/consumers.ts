import type { Consumer } from "../../consumers.ts";
import type { SeenQueue } from "../seen_queue.ts";
import { countText, timeOf } from "../view/figures.ts";
import { type Html, html, NOTHING } from "../view/html.ts";
import { type Frame, layout } from "../view/layout.ts";
import { type Pieces, place } from "../view/pieces.ts";

/** The page of those who consume. */
export async function consumersPage(frame: Frame, queues: SeenQueue[]): Promise<Html> {
  const pieces = await consumersPieces(frame, queues);
  return layout(frame, {
    title: "Consumers",
    current: "consumers",
    live: frame.links.live("consumers"),
    main: html`
      <h1>Consumers</h1>
          <p
        class="muted">Instances of this library that consume. One that dies is listed for a minute or more. Consumers in Python are not listed.</p>
          ${place(pieces, "consumers")}
    `,
  });
}

/** Its part that renews itself. */
export async function consumersPieces(
  { links }: Pick<Frame, "links">,
  queues: SeenQueue[],
): Promise<Pieces> {
  const known = await Promise.all(
    queues.map(async (seen) => ({
      name: seen.name,
      consumers: await seen.consumers().catch(() => undefined),
    })),
  );
  const rows = known.flatMap(({ name, consumers = [] }) =>
    consumers.map((consumer) => row(name, consumer, links.queue(name)))
  );
  const without = (wanted: boolean) =>
    known.filter(({ consumers }) => wanted ? consumers?.length === 0 : consumers === undefined).map(
      ({ name }) => name,
    );
  const list = (names: string[], text: string) =>
    names.length === 0
      ? NOTHING
      : html`<p><span class="badge caution">${text}</span> ${
        names.map((name) =>
          html`
            <a href="${links.queue(name)}">${name}</a>
          `
        )
      }</p>`;
  return {
    consumers: html`${
      rows.length === 0 ? NOTHING : html`
        <table class="card rows" role="table">
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col">Queue</th>
              <th scope="col">Instance</th>
              <th scope="col">Host</th>
              <th scope="col" class="number">Process</th>
              <th scope="col" class="number">In hand</th>
              <th scope="col" class="number">At once</th>
              <th scope="col">Since</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody role="rowgroup">${rows}</tbody>
        </table>
      `
    }
    ${list(without(true), "nobody consumes")}${list(without(false), "no answer")}`,
  };
}

function row(queue: string, consumer: Consumer, href: string): Html {
  const { id, name, host, pid, concurrency, inHand, since, lastSeen } = consumer;
  const cell = (label: string, value: Html | string, kind = "") =>
    html`<td role="cell" class="${kind}" data-label="${label}">${value}</td>`;
  return html`<tr role="row">
    ${cell("Queue", html`<a href="${href}">${queue}</a>`)}
    ${cell("Instance", name ?? html`<code>${id}</code>`)}
    ${cell("Host", host ?? "–")}
    ${cell("Process", pid === undefined ? "–" : String(pid), "number")}
    ${cell("In hand", countText(inHand), "number")}
    ${cell("At once", countText(concurrency), "number")}
    ${cell("Since", timeOf(since))}
    ${cell("Last seen", timeOf(lastSeen))}
  </tr>`;
}
