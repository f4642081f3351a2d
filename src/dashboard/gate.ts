import { createMiddleware } from "hono/factory";
import type { Settings } from "./dashboard_options.ts";
import type { Visit } from "./site.ts";
import { Trouble } from "./trouble.ts";

/** Lets nobody in whom `authorize` does not, and nothing change that may not. All requests pass here. */
export function gate({ authorize, readOnly }: Settings) {
  return createMiddleware<Visit>(async (context, next) => {
    const request = context.req.raw;
    const permit = await authorize(request);
    if (permit instanceof Response) return permit;
    if (permit !== true && permit !== "read-only") {
      throw new Trouble(403, "You may not see this dashboard.");
    }
    const mayChange = permit === true && !readOnly;
    context.set("mayChange", mayChange);
    if (request.method === "POST") {
      if (!isOfOurPages(request)) {
        throw new Trouble(403, "This did not come from a page of the dashboard. Nothing changed.");
      }
      if (!mayChange) throw new Trouble(403, "You may only look. Nothing changed.");
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      context.header("Allow", "GET, HEAD, POST");
      throw new Trouble(405, "The dashboard knows GET, HEAD and POST only.");
    }
    return await next();
  });
}

/**
 * Whether a page of ours sent the request, and not one of a stranger that uses a visitor's browser. Browsers since 2023 say so;
 * older ones tell the origin of the page. What says neither is no browser.
 */
function isOfOurPages({ url, headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  // The host alone: behind a proxy that speaks TLS, the scheme is another.
  const origin = URL.parse(headers.get("origin") ?? "");
  return origin !== null && origin.host === new URL(url).host;
}
