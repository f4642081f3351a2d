import { ACTIONS, type Outcome } from "../actions.ts";
import { confirmPage } from "../pages/confirm.ts";
import type { Router, Site } from "../site.ts";
import { Trouble } from "../trouble.ts";

/** What the forms do. Each leads to a page that tells of it, so that a reload does not do it again. */
export function addForms(router: Router, site: Site): void {
  const { links } = site;
  router.post("/queue", async (visitor) => {
    const seen = await site.queue(visitor);
    const { name } = seen;
    const fields = new URLSearchParams(await visitor.req.text());
    const state = fields.get("state") ?? undefined;
    const uid = fields.get("from") === "item" ? fields.get("uid") : null;
    const act = ACTIONS.get(fields.get("action") ?? "");
    if (act === undefined) throw new Trouble(422, "Nobody knows this action.");

    if (fields.get("action") === "delete" && fields.has("uid") && !fields.has("confirmed")) {
      const cancel = uid === null ? links.queue(name, { state }) : links.item(name, uid);
      return visitor.html(confirmPage(site.frame(visitor), name, fields, cancel));
    }
    const outcome = await act(seen, fields).finally(() => seen.changed());
    const told = wordsOf(outcome);
    const isThere = uid !== null && outcome.did !== "deleted";
    const next = isThere ? links.item(name, uid, told) : links.queue(name, { state, ...told });
    return visitor.redirect(next, 303);
  });
}

function wordsOf({ did, count, uid }: Outcome): Record<string, string | undefined> {
  // Not "uid", which names the item of a page.
  return { did, count: count === undefined ? undefined : String(count), new: uid };
}
