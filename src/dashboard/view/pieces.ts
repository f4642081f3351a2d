import { type Html, html, NOTHING } from "./html.ts";

/** The parts of a page that renew themselves, by id. They hold no field of a form: what is typed must stay. */
export type Pieces = Record<string, Html>;

/** The place of a piece in a page. */
export function place(pieces: Pieces, id: string): Html {
  return html`<div class="piece" id="${id}">${pieces[id] ?? NOTHING}</div>`;
}

/** The piece that a screen reader tells when it changes. */
export const SPOKEN = "spoken";

/** The place of that piece. It is there before it changes: only then is it told. */
export function spokenPlace(pieces: Pieces): Html {
  return html`<p class="hidden" id="${SPOKEN}" role="status">${pieces[SPOKEN] ?? NOTHING}</p>`;
}

/** An id for what belongs to a queue: a name may hold spaces, an id may not. */
export function idOf(queue: string, part: string): string {
  return `${part}:${encodeURIComponent(queue)}`;
}
