import { ASSETS } from "../assets/assets.ts";
import type { Settings } from "../dashboard_options.ts";
import type { Links } from "../links.ts";
import { type Html, html, NOTHING } from "./html.ts";

/** What every page is made with. */
export interface Frame {
  settings: Settings;
  links: Links;
  /** Whether the visitor may change anything. */
  mayChange: boolean;
}

/** A page within its frame. */
export interface Page {
  /** In the title of the window, before that of the dashboard. */
  title: string;
  /** Which of the main pages it is. */
  current?: "overview" | "consumers";
  /** The address of the events that renew it. */
  live?: string;
  /** What happened, to be read first. */
  notice?: Html | undefined;
  main: Html;
}

/** The whole document of a page. */
export function layout({ settings, links, mayChange }: Frame, page: Page): Html {
  const { title, current, live, notice = NOTHING, main } = page;
  const link = (name: Page["current"], href: string, text: string) =>
    html`<a href="${href}" ${current === name ? html`aria-current="page"` : NOTHING}>${text}</a>`;
  const asOf = new Date().toISOString().slice(11, 19);
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>${title} · ${settings.title}</title>
        <link rel="icon" href="${links.asset(ASSETS.icon.file)}" type="image/svg+xml">
        <link rel="stylesheet" href="${links.asset(ASSETS.style.file)}">
        <script src="${links.asset(ASSETS.script.file)}" defer></script>
      </head>
      <body ${live === undefined ? NOTHING : html`data-live="${live}"`}>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
      <a class="brand" href="${links.overview()}"><img src="${links.asset(
        ASSETS.icon.file,
      )}" alt="" width="22" height="22"> ${settings.title}</a>
      <nav aria-label="Pages">${link("overview", links.overview(), "Queues")} ${link(
        "consumers",
        links.consumers(),
        "Consumers",
      )}</nav>
      ${mayChange ? NOTHING : html`<span class="badge">read-only</span>`}
      <p class="pulse" id="pulse">As of ${asOf} UTC</p>
        </header>
        <main id="main" tabindex="-1">
    ${notice}
    ${main}
        </main>
        <footer>
      <a href="${links.metrics()}">Metrics</a> <a href="${links.health()}">Health</a>
        </footer>
      </body>
    </html>
  `;
}

/** A page that tells of something that did not go well. */
export function troublePage(frame: Frame, heading: string, text: string, back?: string): Html {
  return layout(frame, {
    title: heading,
    main: html`
      <section class="card trouble" role="alert">
        <h1>${heading}</h1>
        <p>${text}</p>
        <p><a href="${back ?? frame.links.overview()}">Back</a></p>
      </section>
    `,
  });
}
