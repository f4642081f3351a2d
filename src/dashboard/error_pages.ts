import { lineOf, report } from "../report.ts";
import type { Router, Site, Visitor } from "./site.ts";
import { type Verdict, verdictOf } from "./trouble.ts";
import { troublePage } from "./view/layout.ts";

/** Tells visitors of what goes wrong, and the log of what no visitor may know. */
export function addErrorPages(app: Router, site: Site): void {
  const answer = (visitor: Visitor, { status, heading, text }: Verdict) => {
    const back = backOf(visitor) ?? site.links.overview();
    return visitor.html(troublePage(site.frame(visitor), heading, text, back), status);
  };
  app.notFound((visitor) =>
    answer(visitor, { status: 404, heading: "Not found", text: "There is no such page here." })
  );
  app.onError((error, visitor) => {
    const verdict = verdictOf(error);
    if (verdict.status === 500) report(`The dashboard has failed: ${lineOf(error)}`);
    return answer(visitor, verdict);
  });
}

/** The page from which a form was sent. */
function backOf({ req }: Visitor): string | undefined {
  const referrer = req.method === "POST" ? URL.parse(req.header("referer") ?? "") : null;
  // The host alone: behind a proxy that speaks TLS, the scheme is another.
  return referrer?.host === new URL(req.url).host ? referrer.href : undefined;
}
