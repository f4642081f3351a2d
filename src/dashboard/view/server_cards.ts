import type { ServerHealth } from "../server_health.ts";
import { countText, sizeText, timeOf } from "./figures.ts";
import { type Html, html, NOTHING } from "./html.ts";

/** How the servers of the queues are, with what endangers items marked. */
export function serverCards(servers: ServerHealth[]): Html {
  if (servers.length === 0) return NOTHING;
  return html`<section class="servers" aria-label="Redis">${servers.map(card)}</section>`;
}

function card(server: ServerHealth): Html {
  const { version, usedMemory, maxMemory, evictionPolicy } = server;
  const limit = maxMemory === undefined
    ? ""
    : maxMemory === 0
    ? "no limit"
    : `of ${sizeText(maxMemory)}`;
  const share = maxMemory ? (usedMemory ?? 0) / maxMemory : 0;
  const drops = evictionPolicy?.startsWith("allkeys-") ?? false;
  return html`
    <div class="card server">
      <h2>Redis${version === undefined ? "" : ` ${version}`}</h2>
      <dl>
          ${fact(
            "Memory",
            html`${
              usedMemory === undefined ? "unknown" : sizeText(usedMemory)
            } <span class="muted">${limit}</span>`,
            share > 0.9 ? "nearly full: puts will be refused" : undefined,
          )}
          ${fact(
            "When full",
            evictionPolicy === undefined ? "unknown" : evictionPolicy,
            drops ? "may drop items: set noeviction" : undefined,
          )}
          ${fact("Append-only file", appendText(server), warningOf(server))}
          ${fact(
            "Last snapshot",
            html`${timeOf(server.lastSave)}${
              server.unsavedChanges === undefined ? NOTHING : html`
                <span class="muted">${countText(server.unsavedChanges)} changes since</span>
              `
            }`,
            server.isSaving === false ? "the last write to disk failed" : undefined,
          )}
        </dl>
    </div>
  `;
}

function fact(label: string, value: Html | string, warning?: string): Html {
  return html`
    <div>
      <dt>${label}</dt>
      <dd>${value}${warning === undefined ? NOTHING : html`
        <span class="badge caution">${warning}</span>
      `}</dd>
    </div>
  `;
}

function appendText({ appendsOnly }: ServerHealth): string {
  if (appendsOnly === undefined) return "unknown";
  return appendsOnly ? "on" : "off";
}

function warningOf({ appendsOnly }: ServerHealth): string | undefined {
  return appendsOnly === false ? "a crash of Redis loses recent items" : undefined;
}
