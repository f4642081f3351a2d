/**
 * A dashboard in the browser: look into queues and steer them, with `/metrics` for Prometheus and `/health`. It is a handler, to be
 * mounted in any server; the command `serve` of the command line is one that is ready.
 *
 * @example On Deno.serve, with a password
 * ```ts
 * import { SafeRedisQueue } from "@saferedisqueue/saferedisqueue";
 * import { dashboard, password } from "@saferedisqueue/saferedisqueue/dashboard";
 *
 * await using queue = new SafeRedisQueue({ name: "mails" });
 * const handler = dashboard([queue], { authorize: password("correct horse battery staple") });
 * await using server = Deno.serve({ port: 0 }, handler);
 * const { status } = await fetch(`http://localhost:${server.addr.port}/health`);
 * console.log(status); // 401
 * ```
 *
 * @module
 */

export { dashboard } from "./src/dashboard/dashboard.ts";
export type { DashboardOptions, ItemName, Permit } from "./src/dashboard/dashboard_options.ts";
export { password } from "./src/dashboard/password.ts";
export type { DashboardQueues } from "./src/dashboard/queue_list.ts";
export type { AnyQueue } from "./src/dashboard/seen_queue.ts";
