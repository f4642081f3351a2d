import { dashboard, type DashboardOptions, type DashboardQueues } from "../../dashboard.ts";

/** A dashboard on a free port of loopback. */
export interface DashboardServer extends AsyncDisposable {
  /** Its address, without a slash at its end. */
  url: string;
}

/** Serves a dashboard that is open to all, unless `options` say otherwise. */
export function serveDashboard(
  queues: DashboardQueues,
  options: Partial<DashboardOptions> = {},
): DashboardServer {
  const handler = dashboard(queues, { authorize: () => true, ...options });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
