import type { Context, Hono } from "hono";
import type { Settings } from "./dashboard_options.ts";
import { Links } from "./links.ts";
import type { QueueList } from "./queue_list.ts";
import type { SeenQueue } from "./seen_queue.ts";
import { Trouble } from "./trouble.ts";
import type { Frame } from "./view/layout.ts";

/** What the gate notes of a request. */
export interface Visit {
  Variables: {
    /** Whether the visitor may change anything. */
    mayChange: boolean;
  };
}

/** A request, and what is known of who sent it. */
export type Visitor = Context<Visit>;

/** Where routes are added. */
export type Router = Hono<Visit>;

/** What the routes of a dashboard share. */
export class Site {
  readonly settings: Settings;
  readonly list: QueueList;
  readonly links: Links;

  constructor(settings: Settings, list: QueueList) {
    this.settings = settings;
    this.list = list;
    this.links = new Links(settings.base);
  }

  /** What the pages for a visitor are made with. */
  frame(visitor: Visitor): Frame {
    const { settings, links } = this;
    // Not set if the gate has thrown.
    return { settings, links, mayChange: visitor.get("mayChange") ?? false };
  }

  /** The queue that the address names. */
  async queue(visitor: Visitor): Promise<SeenQueue> {
    const name = visitor.req.query("name") ?? "";
    const seen = await this.list.find(name);
    if (seen !== undefined) return seen;
    throw new Trouble(404, `There is no queue "${name}" here.`);
  }
}
