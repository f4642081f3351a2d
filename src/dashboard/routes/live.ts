import { choiceOf } from "../chosen_items.ts";
import { sendPieces } from "../live.ts";
import { consumersPieces } from "../pages/consumers.ts";
import { overviewPieces } from "../pages/overview.ts";
import { queuePieces } from "../pages/queue.ts";
import type { Router, Site } from "../site.ts";

/** The events that renew the pages. */
export function addLive(router: Router, site: Site): void {
  const { list } = site;
  router.get("/live", async (visitor) => {
    // Nobody reads the stream then, and so nobody would end it.
    if (visitor.req.raw.method === "HEAD") return visitor.body(null, 204);
    const frame = site.frame(visitor);
    switch (visitor.req.query("page")) {
      case "queue": {
        const seen = await site.queue(visitor);
        const { state } = choiceOf(visitor.req.query());
        return sendPieces(visitor, () => queuePieces(frame, seen, state));
      }
      case "consumers":
        return sendPieces(visitor, async () => consumersPieces(frame, await list.all()));
      default: {
        const shown = Number(visitor.req.query("shown"));
        return sendPieces(visitor, async () => overviewPieces(frame, await list.all(), shown));
      }
    }
  });
}
