import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type DashboardOptions, settingsOf } from "./dashboard_options.ts";
import { addErrorPages } from "./error_pages.ts";
import { gate } from "./gate.ts";
import { type DashboardQueues, QueueList } from "./queue_list.ts";
import { addAssets } from "./routes/assets.ts";
import { addForms } from "./routes/forms.ts";
import { addLive } from "./routes/live.ts";
import { addMachines } from "./routes/machines.ts";
import { addPages } from "./routes/pages.ts";
import { safeHeaders } from "./safe_headers.ts";
import { Site, type Visit } from "./site.ts";
import { Trouble } from "./trouble.ts";

/** The largest form in bytes: it may hold a payload. */
const LARGEST_FORM = 16 * 1024 * 1024;

/**
 * Makes the handler of a dashboard: pages that show queues and steer them, `/metrics` for Prometheus, and `/health`. Mount it in
 * `Deno.serve`, or in any framework that hands over a `Request` and takes a `Response`.
 *
 * The pages work without JavaScript; with it, they renew themselves. Nobody gets in whom `authorize` does not let in.
 *
 * @param queues The queues; or a function that gives them, which is asked at each request.
 * @param options Who may do what, and how it looks.
 * @throws {TypeError} If an option is wrong or missing, or if two queues have the same name.
 *
 * @example
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 * import { dashboard } from "@saferedisqueue/saferedisqueue/dashboard";
 *
 * await using queue = new SafeRedisQueue({ name: "mails" });
 * const handler = dashboard([queue], {
 *   authorize: (request) => request.headers.get("x-user") === "ada",
 *   basePath: "/queues",
 * });
 * const { status } = await handler(new Request("http://localhost/queues"));
 * console.log(status); // 403
 * ```
 */
export function dashboard(
  queues: DashboardQueues,
  options: DashboardOptions,
): (request: Request) => Promise<Response> {
  const settings = settingsOf(options);
  const site = new Site(settings, new QueueList(queues));

  // Not strict: a slash at the end of a path makes no difference.
  const app = new Hono<Visit>({ strict: false });
  addErrorPages(app, site);
  app.use(safeHeaders);
  app.use(gate(settings));
  app.use(bodyLimit({
    maxSize: LARGEST_FORM,
    onError: () => {
      throw new Trouble(413, `The form is larger than ${LARGEST_FORM} bytes. Nothing changed.`);
    },
  }));
  const router = app.basePath(settings.base || "/");
  addPages(router, site);
  addForms(router, site);
  addLive(router, site);
  addMachines(router, site);
  addAssets(router);
  return async (request) => await app.fetch(request);
}
