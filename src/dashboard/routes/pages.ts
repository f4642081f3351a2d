import { choiceOf } from "../chosen_items.ts";
import { noticeOf } from "../notices.ts";
import { consumersPage } from "../pages/consumers.ts";
import { itemPage } from "../pages/item.ts";
import { overviewPage } from "../pages/overview.ts";
import { queuePage } from "../pages/queue.ts";
import { inTime } from "../seen_queue.ts";
import type { Router, Site } from "../site.ts";

/** The pages to look at. */
export function addPages(router: Router, site: Site): void {
  const { links, list } = site;
  router.get("/", async (visitor) => {
    return visitor.html(overviewPage(site.frame(visitor), await list.all()));
  });
  router.get("/consumers", async (visitor) => {
    return visitor.html(consumersPage(site.frame(visitor), await list.all()));
  });
  router.get("/queue", async (visitor) => {
    const seen = await site.queue(visitor);
    const query = visitor.req.query();
    const choice = choiceOf(query);
    // A whole uid leads to its item, in whatever state that is.
    if (choice.search !== "" && await inTime(seen.queue.find(choice.search)) !== null) {
      return visitor.redirect(links.item(seen.name, choice.search));
    }
    const notice = noticeOf(query, seen.name, links);
    return visitor.html(queuePage(site.frame(visitor), seen, choice, notice));
  });
  router.get("/item", async (visitor) => {
    const seen = await site.queue(visitor);
    const query = visitor.req.query();
    const notice = noticeOf(query, seen.name, links);
    const { uid = "", form } = query;
    return visitor.html(itemPage(site.frame(visitor), seen, { uid, form, notice }));
  });
}
